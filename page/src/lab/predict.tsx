// A scenario that asks: the questions first, and what came out when they are answered or given up.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { PageData } from '../data';
import { unbroken } from '../words';

export interface Question {
    path: string; // expect.r1.full
    what: string;
}

/** From what the program prints of a scenario that asks: "  expect.r1.full: full resynchronisations ...". */
export function questionsOf(ask: string): Question[] {
    return [...ask.matchAll(/^ {2}(expect\.[^:]+): (.*(?:\n {4}.*)*)$/gm)].map(([, path = '', what = '']) => ({ path, what: what.replace(/\s+/g, ' ') }));
}

/** The scenario without its answers: what it expects, and what it says of it, comments included. */
export function withoutAnswers(text: string): string {
    let section = '';
    return text.split('\n').filter((line) => {
        section = /^([\w-]+):/.exec(line)?.[1] ?? section;
        return section !== 'reveal' && section !== 'expect';
    }).join('\n');
}

interface PredictProps {
    questions: readonly Question[];
    predictions: Readonly<Record<string, string>>;
    problems: readonly string[]; // of what was predicted before
    onPredict: (path: string, text: string) => void;
    onReveal: () => void;
}

export function Predict({ questions, predictions, problems, onPredict, onReveal }: PredictProps) {
    return (
        <form class="predict" aria-labelledby="predict" onSubmit={(event) => { event.preventDefault(); onReveal(); }}>
            <h2 id="predict">What comes out? Predict it, then look</h2>
            {questions.map((question) => (
                <label key={question.path}>
                    <code>{question.path}</code> <span>{question.what}</span>
                    <input type="text" value={predictions[question.path] ?? ''} onInput={(event) => onPredict(question.path, event.currentTarget.value)} />
                </label>
            ))}
            <p class="note">A number holds within 5 % of the answer. A prediction may be a range: 2..5, 10s..20s, 1mb..2mb, &gt;= 1. One that is left empty is not asked.</p>
            {problems.length > 0 ? <ul class="problems" role="alert">{problems.map((each) => <li key={each}>{each}</li>)}</ul> : null}
            <button type="submit">Reveal</button>
        </form>
    );
}

interface RevealedProps {
    questions: readonly Question[];
    predictions: Readonly<Record<string, string>>;
    data: PageData;
    reveal: string;
    onAgain: () => void;
}

/** What the program found of a question. */
export function resultOf(data: PageData, path: string) {
    return data.summary.expectations?.find((each) => each.text.startsWith(`${path.replace(/^expect\./, '').replaceAll('.', ': ')}: `));
}

export function Revealed({ questions, predictions, data, reveal, onAgain }: RevealedProps) {
    const heading = useRef<HTMLHeadingElement | null>(null);
    useLayoutEffect(() => heading.current?.focus(), []);
    return (
        <section class="revealed" aria-labelledby="revealed">
            <h2 id="revealed" ref={heading} tabIndex={-1}>Predicted and found <button type="button" class="plain" onClick={onAgain}>Ask again</button></h2>
            <table>
                <thead><tr><th scope="col">question</th><th scope="col">predicted</th><th scope="col">found</th><th scope="col">prediction</th></tr></thead>
                <tbody>
                    {questions.map(({ path }) => {
                        const predicted = predictions[path]?.trim() ?? '';
                        const result = resultOf(data, path);
                        return (
                            <tr key={path}>
                                <th scope="row"><code>{path}</code></th>
                                <td>{predicted || '–'}</td>
                                <td>{unbroken(result?.found ?? '–')}</td>
                                <td class={result?.held ? 'held' : 'failed'}>{predicted === '' || !result ? '' : <b>{result.held ? 'held' : 'failed'}</b>}</td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {reveal ? <><p class="lead">{unbroken(reveal)}</p>
                <p class="note">In this page: the Why card has what --explain prints, the sliders are its --what-if, and the table has the numbers at the cursor.</p></> : null}
        </section>
    );
}
