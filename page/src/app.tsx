import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { lastAt } from './data';
import type { Message, PageData, Resync } from './data';
import { Events } from './events';
import { Debts, Lanes, Looks } from './figures';
import type { View } from './view';
import { within } from './view';
import { Why } from './why';
import { S, clock, digits, titleOf, unbroken } from './words';

const KEYS: [string, string][] = [
    ['← →', 'a step back or forward'],
    ['Shift ← →', 'a second back or forward'],
    ['s', 'steps by event, message or decision'],
    ['Home End', 'the first or last step'],
    ['p n', 'the resynchronisation before or after'],
    ['z', 'zoom to it'],
    ['+ −', 'zoom in or out at the cursor'],
    ['0', 'the whole run'],
    ['?', 'these keys'],
];

/** From the loss, or the first dial, to the end, with a little before and after. */
function spanOf(resync: Resync | undefined): [number, number] | null {
    if (!resync) return null;
    const moments = ['lost_ns', 'dialled_ns', 'asked_ns'].map((key) => resync[key]).filter((each): each is number => typeof each === 'number');
    const from = Math.min(resync.t, ...moments);
    const margin = Math.max((resync.t - from) * 0.1, 1000);
    return [from - margin, resync.t + margin];
}

function Head({ data }: { data: PageData }) {
    const { header, summary } = data;
    return (
        <header>
            <h1>{titleOf(header.scenario)}</h1>
            {header.why ? <p class="lead">{unbroken(header.why)}</p> : null}
            <p class="note">
                {header.live ? `live: ${header.live}` : header.server}; {header.nodes?.length ?? 0} nodes, {clock(header.duration_ns, 1e9)} of{' '}
                {header.live ? 'real' : 'simulated'} time, seed {header.seed}; {digits(summary.events)} events, digest <code>{summary.digest}</code>;
                psyncsim {header.version}
            </p>
        </header>
    );
}

function Outcome({ data }: { data: PageData }) {
    const { expectations, text } = data.summary;
    return (
        <section aria-labelledby="outcome">
            <h2 id="outcome">Outcome</h2>
            {expectations && expectations.length > 0 ? (
                <ul class="expectations">
                    {expectations.map((each) => (
                        <li key={each.text} class={each.held ? 'held' : 'failed'}>
                            <b>{each.held ? 'held' : 'failed'}</b> {unbroken(`${each.text}, found ${each.found}`)}
                        </li>
                    ))}
                </ul>
            ) : null}
            {text ? <details open><summary>As the terminal has it, with what is lost</summary><pre tabIndex={0} role="region" aria-label="The report as text">{text}</pre></details> : null}
        </section>
    );
}

function useWidth(): [{ current: HTMLDivElement | null }, number] {
    const place = useRef<HTMLDivElement | null>(null);
    const [width, setWidth] = useState(1000);
    useLayoutEffect(() => {
        const element = place.current;
        if (!element) return undefined;
        const measure = () => setWidth(Math.max(360, Math.round(element.clientWidth)));
        measure();
        const observer = new ResizeObserver(measure);
        observer.observe(element);
        return () => observer.disconnect();
    }, []);
    return [place, width];
}

const UNITS = ['event', 'message', 'decision'] as const;
type Unit = (typeof UNITS)[number];

/** The moments that a step goes to. */
function instantsOf(data: PageData, unit: Unit): number[] {
    if (unit === 'event') return data.events.map((row) => row.event.t);
    if (unit === 'decision') return data.events.filter((row) => row.event.event === 'answer').map((row) => row.event.t);
    const moments = data.messages.flatMap(({ send, received_ns }) => (received_ns === undefined ? [send.leaves_ns] : [send.leaves_ns, received_ns]));
    return [...new Set(moments)].sort((a, b) => a - b);
}

/** What happens at the cursor, in a line. */
function wordsAt(data: PageData, unit: Unit, cursor: number, row: PageData['events'][number] | undefined): string {
    if (unit === 'message') {
        const words = (each: Message) => `${each.send.node} to ${each.send.to}: ${each.send.text ?? each.send.what}`;
        const left = data.messages.find((each) => each.send.leaves_ns === cursor);
        const read = data.messages.find((each) => each.received_ns === cursor);
        if (left || read) return `${clock(cursor, 1e3)}  ${[left ? `${words(left)} (leaves)` : '', read ? `${words(read)} (read)` : ''].filter(Boolean).join('; ')}`;
    }
    const answer = unit === 'decision' ? data.events.find(({ event }) => event.event === 'answer' && event.t === cursor) : undefined;
    return rowWords(cursor, answer ?? row);
}

function rowWords(cursor: number, row: PageData['events'][number] | undefined): string {
    const { event } = row ?? {};
    const name = event?.event === 'answer' ? `${event.node}: ${event['kind'] === 'full' ? 'FULL' : String(event['kind'])}, ${event['reason']}, to ${event['replica']}`
        : `${event?.node ?? ''} ${event?.event ?? ''}`.trim();
    const said = row ? `${row.clock}  ${name}` : '';
    return row && row.event.t === cursor ? said : `${clock(cursor, 1e6)}${said ? `, after ${said}` : ''}`;
}

export interface AppProps {
    data: PageData;
    /** Another run, drawn below over the same time. */
    pinned?: { name: string; data: PageData } | undefined;
    /** Where the cursor is, and the stretch that is shown. */
    onView?: (view: View) => void;
    begins?: number | undefined; // the cursor
    extraKeys?: [string, string][];
    verdict?: ComponentChildren; // under the question
    children?: ComponentChildren;
}

export function App({ data, pinned, onView, begins, extraKeys, verdict, children }: AppProps) {
    const limit = data.header.duration_ns;
    const stories = data.summary.stories ?? [];
    const [place, width] = useWidth();
    const [view, setView] = useState<View>({ from: 0, to: limit, cursor: begins ?? stories[0]?.t ?? 0, width });
    const [chosen, setChosen] = useState(0);
    const [unit, setUnit] = useState<Unit>('event');
    const [hasHelp, setHelp] = useState(false);
    const shown = { ...view, width };
    const latest = useRef({ cursor: view.cursor, chosen: 0 }); // keys may come faster than pictures
    const instants = useMemo(() => instantsOf(data, unit), [data, unit]);
    const current = lastAt(data.events.map((row) => row.event.t), view.cursor);
    useLayoutEffect(() => setView((old) => ({ ...old, from: 0, to: limit, cursor: Math.min(old.cursor, limit) })), [limit]);
    useEffect(() => onView?.(view), [view]);

    const setCursor = (t: number) => {
        latest.current.cursor = t;
        setView((old) => {
            const isVisible = t >= old.from && t <= old.to;
            const span = old.to - old.from;
            return { ...(isVisible ? old : within(old, limit, t - span / 2, t + span / 2)), cursor: t };
        });
    };
    const zoom = (from: number, to: number) => setView((old) => within(old, limit, from, to));
    const scale = (factor: number) => setView((old) => {
        const span = (old.to - old.from) * factor;
        const share = Math.min(1, Math.max(0, (old.cursor - old.from) / (old.to - old.from)));
        return within(old, limit, old.cursor - span * share, old.cursor + span * (1 - share));
    });
    const step = (by: 1 | -1) => {
        const { cursor } = latest.current;
        const at = by > 0 ? instants[lastAt(instants, cursor) + 1] : instants[lastAt(instants, cursor - 1)];
        if (at !== undefined) setCursor(at);
    };
    const choose = (index: number) => {
        const story = stories[index];
        if (!story) return;
        latest.current.chosen = index;
        setChosen(index);
        setCursor(story.t);
    };
    const zoomTo = (index: number) => {
        const span = spanOf(data.summary.resyncs?.[index]);
        if (!span) return;
        zoom(...span);
        place.current?.scrollIntoView({ block: 'start' });
    };
    const keys: Record<string, () => void> = {
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
        Home: () => setCursor(instants[0] ?? 0),
        End: () => setCursor(instants[instants.length - 1] ?? 0),
        n: () => choose(latest.current.chosen + 1),
        p: () => choose(latest.current.chosen - 1),
        z: () => zoomTo(latest.current.chosen),
        '+': () => scale(0.5),
        '=': () => scale(0.5),
        '-': () => scale(2),
        '0': () => zoom(0, limit),
        s: () => setUnit(UNITS[(UNITS.indexOf(unit) + 1) % UNITS.length] ?? 'event'),
        '?': () => setHelp(!hasHelp),
        Escape: () => setHelp(false),
    };
    useEffect(() => {
        document.title = `${titleOf(data.header.scenario)} – psyncsim`;
    }, [data.header.scenario]);
    useLayoutEffect(() => {
        const press = (event: KeyboardEvent) => {
            if (event.target instanceof HTMLElement && event.target.matches('textarea, input, select')) return;
            const second = event.shiftKey ? { ArrowLeft: -S, ArrowRight: S }[event.key] : undefined;
            const act = second ? () => setCursor(Math.min(limit, Math.max(0, latest.current.cursor + second))) : keys[event.key];
            if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            act();
        };
        document.addEventListener('keydown', press);
        return () => document.removeEventListener('keydown', press);
    });

    const row = data.events[current];
    const figure = { data, view: shown, onCursor: setCursor, onZoom: zoom };
    return (
        <>
            <Head data={data} />
            <main>
                {verdict}
                <div class="toolbar no-print">
                    <button type="button" aria-label="Step back" onClick={() => step(-1)}>←</button>
                    <select aria-label="Steps go by" value={unit} onChange={(event) => setUnit(event.currentTarget.value as Unit)}>
                        {UNITS.map((each) => <option key={each}>{each}</option>)}
                    </select>
                    <button type="button" aria-label="Step forward" onClick={() => step(1)}>→</button>
                    <button type="button" onClick={() => scale(0.5)}>Zoom in</button>
                    <button type="button" onClick={() => scale(2)}>Zoom out</button>
                    <button type="button" onClick={() => zoom(0, limit)}>Whole run</button>
                    <button type="button" aria-expanded={hasHelp} onClick={() => setHelp(!hasHelp)}>Keys</button>
                    <output aria-live="polite">{wordsAt(data, unit, view.cursor, row)}</output>
                </div>
                {hasHelp ? (
                    <dl class="keys no-print">
                        {[...KEYS, ...(extraKeys ?? [])].map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}
                        <div><dt>mouse</dt><dd>click: the cursor; drag: zoom</dd></div>
                    </dl>
                ) : null}
                <div class="figures" ref={place}>
                    <Lanes {...figure} />
                    <Debts {...figure} />
                    {pinned ? (
                        <section class="pinned" aria-label="The run that was kept">
                            <h2>Kept: {pinned.name}</h2>
                            <Lanes {...figure} data={pinned.data} />
                            <Debts {...figure} data={pinned.data} />
                        </section>
                    ) : null}
                </div>
                {children}
                <Looks data={data} view={shown} />
                <Why stories={data.summary.stories} chosen={chosen} onChoose={choose} onZoom={zoomTo} />
                <Outcome data={data} />
                <Events data={data} current={current} onCursor={setCursor} />
            </main>
        </>
    );
}
