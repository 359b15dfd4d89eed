// The laboratory: a scenario on the left, its run on the right, made anew whenever a letter or a slider changes.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { App } from '../app';
import type { PageData } from '../data';
import type { View } from '../view';
import { titleOf, unbroken } from '../words';
import { Compare } from './compare';
import { Editor, problemsOf } from './editor';
import { encodeLink } from './link';
import type { Linked } from './link';
import { Predict, questionsOf, resultOf, Revealed, withoutAnswers } from './predict';
import { predictionOf } from './prediction';
import type { Question } from './predict';
import { Runner } from './runner';
import { Sliders } from './sliders';
import { replaced, valueAt } from './values';
import type { Value } from './values';
import type { Reply } from './worker';

export interface Scenario {
    name: string;
    text: string;
    group: string; // of the list: "Course"
}

interface LabProps {
    scenarios: readonly Scenario[];
    first: Linked;
    worker: string; // its script
    program: ArrayBuffer; // the simulator
}

const LOOKS = 320; // of a stretch
const SLOW_MS = 400;

const KEYS: [string, string][] = [
    ['k', 'keep this run, to compare it with the next ones'],
    ['e', 'to the scenario; Escape leaves it'],
    ['i', 'INFO replication at the cursor'],
];

/** What was asked for, and what came of it. */
interface Shown {
    reply: Reply;
    data: PageData; // of the last run that went well, …
    overrides: string; // … and what it was asked to predict
}

function useRunner(props: LabProps): [Runner, boolean, () => void] {
    const [isSlow, setSlow] = useState(false);
    const runner = useMemo(() => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        return new Runner(props.worker, props.program, (isBusy) => {
            clearTimeout(timer);
            if (isBusy) timer = setTimeout(() => setSlow(true), SLOW_MS);
            else setSlow(false);
        });
    }, []);
    return [runner, isSlow, () => { runner.stop(); setSlow(false); }];
}

export function Lab(props: LabProps) {
    const { scenarios, first } = props;
    const [runner, isSlow, stop] = useRunner(props);
    const [name, setName] = useState(first.name);
    const [base, setBase] = useState(first.text); // as typed: what the sliders begin with
    const [baseValues, setBaseValues] = useState<Value[]>([]);
    const [moves, setMoves] = useState<Record<string, number>>({}); // steps of the sliders
    const [shown, setShown] = useState<Shown | null>(null);
    const [last, setLast] = useState<Reply | null>(null);
    const [closer, setCloser] = useState<PageData | null>(null); // the same run with looks in a stretch alone
    const [view, setView] = useState<View | null>(null);
    const [kept, setKept] = useState<{ name: string; data: PageData } | null>(null);
    const [predictions, setPredictions] = useState<Record<string, string>>({});
    const [questions, setQuestions] = useState<Question[]>([]);
    const [wrongPredictions, setWrongPredictions] = useState<string[]>([]);
    const [isRevealed, setRevealed] = useState(false);
    const [info, setInfo] = useState<string | null>(null);
    const [hasInfo, setHasInfo] = useState(false);
    const [said, setSaid] = useState('');
    const [took, setTook] = useState<number | null>(null);
    const asked = useRef(0);
    const cursor = useRef(first.cursor);

    const text = useMemo(() => baseValues.filter((each) => moves[each.path])
        .sort((a, b) => b.line - a.line || b.column - a.column)
        .reduce((sum, each) => replaced(sum, each, valueAt(each, moves[each.path] ?? 0)), base), [base, baseValues, moves]);
    const overrides = isRevealed ? Object.entries(predictions).filter(([, value]) => value.trim() !== '').map(([path, value]) => `${path}=${predictionOf(value, shown ? resultOf(shown.data, path)?.found ?? '' : '')}`) : [];
    const ask = { name, text, overrides, every: -1, hasMessages: true };

    useLayoutEffect(() => { // at once, so that no reply to what was asked before comes in between
        asked.current = performance.now();
        setSaid('');
        const isBase = text === base;
        return runner.run(ask, isBase, (reply) => {
            setLast(reply);
            if (isBase && reply.data) setBaseValues(reply.values);
            if (reply.data && overrides.length === 0) setQuestions(questionsOf(reply.answer.ask)); // a prediction is no question
            if (reply.data) setShown({ reply, data: reply.data, overrides: overrides.join('\n') });
            setCloser(null);
            if (reply.data || overrides.length === 0) return;
            setWrongPredictions(problemsOf(reply.answer.problems).map((each) => each.text));
            setRevealed(false);
        });
    }, [name, text, overrides.join('\n')]);
    useEffect(() => { // after the picture is there
        if (shown) requestAnimationFrame(() => setTimeout(() => setTook(performance.now() - asked.current), 0));
    }, [shown]);

    const stretch = view && shown && view.to - view.from < shown.data.header.duration_ns ? view : null;
    useEffect(() => {
        setCloser(null);
        if (!stretch || !shown) return undefined;
        const every = Math.max(1, Math.ceil((stretch.to - stretch.from) / LOOKS));
        const from = Math.max(1, Math.floor(stretch.from - every));
        return runner.run({ ...ask, hasMessages: false, every, from, until: Math.ceil(stretch.to + every) }, false, (reply) => setCloser(reply.data));
    }, [stretch?.from, stretch?.to, shown]);
    useEffect(() => {
        if (!hasInfo || !view || !shown) return undefined;
        const at = Math.min(Math.round(view.cursor) + 1, shown.data.header.duration_ns); // after the events there, as the looks are
        return runner.run({ ...ask, hasMessages: false, every: 0, at }, false, (reply) => setInfo(reply.answer.info));
    }, [hasInfo, view?.cursor, shown]);

    const open = (scenario: { name: string; text: string }) => {
        setName(scenario.name);
        setBase(scenario.text);
        setBaseValues([]);
        setMoves({});
        setPredictions({});
        setRevealed(false);
        setShown(null);
        setView(null);
        setQuestions([]);
        setWrongPredictions([]);
        cursor.current = undefined;
        if (location.hash) history.replaceState(null, '', location.pathname);
    };
    const keep = () => {
        if (!shown) return;
        const changes = baseValues.filter((each) => moves[each.path]).map((each) => `${each.path}=${valueAt(each, moves[each.path] ?? 0)}`).join(', ');
        setKept({ name: titleOf(name) + (changes ? ` with ${changes}` : ''), data: shown.data });
        setSaid('Kept: change something, and both are compared.');
    };
    const link = async () => {
        const hash = await encodeLink({ name, text, ...(view ? { cursor: view.cursor } : {}) });
        history.replaceState(null, '', hash);
        setSaid('The address of this page now holds the scenario.');
        await navigator.clipboard?.writeText(location.href).then(() => setSaid('The address of this page now holds the scenario; it was copied.'), () => undefined);
    };
    const save = () => {
        const at = document.createElement('a');
        at.href = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }));
        at.download = `${titleOf(name)}.yaml`;
        at.click();
        URL.revokeObjectURL(at.href);
    };
    useLayoutEffect(() => {
        const acts: Record<string, () => void> = {
            k: keep,
            e: () => document.querySelector<HTMLElement>('textarea')?.focus(),
            i: () => setHasInfo(!hasInfo),
        };
        const press = (event: KeyboardEvent) => {
            if (event.target instanceof HTMLElement && event.target.matches('textarea, input, select')) return;
            const act = acts[event.key];
            if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            act();
        };
        document.addEventListener('keydown', press);
        return () => document.removeEventListener('keydown', press);
    });

    const problems = last ? problemsOf(last.answer.problems) : [];
    const exactly = scenarios.findIndex((each) => each.name === name && each.text === base);
    const chosen = exactly >= 0 ? exactly : scenarios.findIndex((each) => each.name === name);
    const hides = questions.length > 0 && !isRevealed;
    const isUntouched = scenarios.some((each) => each.name === name && each.text === text);
    const isOld = last !== null && last.answer.outcome !== 'ran';
    const data = shown && closer && closer.summary.digest === shown.data.summary.digest ? { ...shown.data, positions: closer.positions, flows: closer.flows } : shown?.data;
    return (
        <div class="lab">
            <section class="scenario" aria-label="Scenario and its numbers">
                <div class="bar no-print">
                    <label class="choose">Scenario{' '}
                        <select value={chosen}
                            onChange={(event) => { const found = scenarios[Number(event.currentTarget.value)]; if (found) open(found); }}>
                            {chosen < 0 ? <option value={-1}>{titleOf(name)}</option> : null}
                            {[...new Set(scenarios.map((each) => each.group))].map((group) => (
                                <optgroup key={group} label={group}>
                                    {scenarios.map((each, i) => each.group === group ? <option key={i} value={i}>{titleOf(each.name)}</option> : null)}
                                </optgroup>
                            ))}
                        </select>
                    </label>
                    <button type="button" onClick={keep} disabled={!shown || hides}>Keep</button>
                    <button type="button" onClick={() => void link()}>Link</button>
                    <button type="button" onClick={save}>Save</button>
                </div>
                <Editor text={hides ? withoutAnswers(text) : text} problems={problems} words={runner.words} isMasked={hides}
                    onText={(typed) => { setBase(typed); setMoves({}); setBaseValues([]); }} />
                {hides ? null : <Sliders values={baseValues} moves={moves} onMove={(path, step) => setMoves((old) => ({ ...old, [path]: step }))} />}
                <p class="note" role="status">
                    {isSlow ? <>A run takes its time. <button type="button" class="plain" onClick={stop}>Stop it</button></>
                        : took !== null && last ? <>Run in <span class="run-ms">{last.ms.toFixed(1)}</span> ms, drawn after <span class="answer-ms">{Math.round(took)}</span> ms. {said}</> : said}
                    {kept && shown && !hides ? <>{' '}<button type="button" class="plain to-compare" onClick={() => document.getElementById('compare')?.scrollIntoView()}>Compare with the kept run</button></> : null}
                </p>
            </section>
            <div class="run">
                {!data ? (last?.answer.outcome === 'broken' ? <p>The simulator broke off, which is a fault of ours: {last.answer.problems}</p> : <p>{last ? 'The scenario has mistakes: see below its text.' : 'Running …'}</p>)
                    : hides ? (
                        <main>
                            <header><h1>{titleOf(name)}</h1>{data.header.why ? <p class="lead">{unbroken(data.header.why)}</p> : null}</header>
                            <Predict questions={questions} predictions={predictions} problems={wrongPredictions}
                                onReveal={() => { setWrongPredictions([]); setRevealed(true); }}
                                onPredict={(path, value) => setPredictions({ ...predictions, [path]: value })} />
                        </main>
                    ) : (
                        <>{isOld ? <p class="old" role="status">{last.answer.outcome === 'broken' ? 'The simulator broke off, which is a fault of ours: this is the run before.'
                            : 'The scenario has mistakes: this is the last run without any.'}</p> : null}
                        <App key={name} data={data} pinned={kept ?? undefined} begins={cursor.current} onView={setView} extraKeys={KEYS}
                            verdict={isRevealed && questions.length > 0 && shown?.overrides === overrides.join('\n') ? <Revealed questions={questions} predictions={predictions} data={data}
                                reveal={isUntouched ? shown?.reply.answer.reveal ?? '' : ''} onAgain={() => { setRevealed(false); setPredictions({}); }} /> : null}>
                            {kept ? <Compare name={kept.name} kept={kept.data} now={data} onForget={() => setKept(null)} /> : null}
                            <details class="info" open={hasInfo} onToggle={(event) => setHasInfo(event.currentTarget.open)}>
                                <summary>INFO replication at the cursor, after its event</summary>
                                <pre tabIndex={0} role="region" aria-label="INFO replication of every node at the cursor">{info ?? ''}</pre>
                            </details>
                        </App></>
                    )}
            </div>
        </div>
    );
}
