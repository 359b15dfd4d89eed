// A scenario that asks: the questions first, and what came out when they are answered or given up.
import type { PageData } from '../data';

export interface Question {
    path: string; // expect.r1.full
    what: string;
}

/** From what the program prints of a scenario that asks: "  expect.r1.full: full resynchronisations ...". */
export function questionsOf(ask: string): Question[] {
    return [...ask.matchAll(/^ {2}(expect\.[^:]+): (.*(?:\n {4}.*)*)$/gm)].map(([, path = '', what = '']) => ({ path, what: what.replace(/\s+/g, ' ') }));
}

interface PredictProps {
    questions: readonly Question[];
    predictions: Readonly<Record<string, string>>;
    onPredict: (path: string, text: string) => void;
    onReveal: () => void;
}

export function Predict({ questions, predictions, onPredict, onReveal }: PredictProps) {
    return (
        <form class="predict" aria-labelledby="predict" onSubmit={(event) => { event.preventDefault(); onReveal(); }}>
            <h2 id="predict">What comes out? Predict it, then look</h2>
            {questions.map((question) => (
                <label key={question.path}>
                    <code>{question.path}</code> <span>{question.what}</span>
                    <input type="text" value={predictions[question.path] ?? ''} onInput={(event) => onPredict(question.path, event.currentTarget.value)} />
                </label>
            ))}
            <p class="note">A prediction may be a range: 2..5, 10s..20s, 1mb..2mb, &gt;= 1. One that is left empty is not asked.</p>
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

export function Revealed({ questions, predictions, data, reveal, onAgain }: RevealedProps) {
    const results = data.summary.expectations ?? [];
    const resultOf = (path: string) => results.find((each) => each.text.startsWith(`${path.replace(/^expect\./, '').replaceAll('.', ': ')}: `));
    return (
        <section class="revealed" aria-labelledby="revealed">
            <h2 id="revealed">Predicted and found <button type="button" class="plain" onClick={onAgain}>Ask again</button></h2>
            <table>
                <thead><tr><th scope="col">question</th><th scope="col">predicted</th><th scope="col">found</th><th scope="col" /></tr></thead>
                <tbody>
                    {questions.map(({ path }) => {
                        const predicted = predictions[path]?.trim() ?? '';
                        const result = resultOf(path);
                        return (
                            <tr key={path}>
                                <th scope="row"><code>{path}</code></th>
                                <td>{predicted || '–'}</td>
                                <td>{result?.found ?? '–'}</td>
                                <td class={result?.held ? 'held' : 'failed'}>{predicted === '' || !result ? '' : <b>{result.held ? 'held' : 'failed'}</b>}</td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {reveal ? <p class="lead">{reveal}</p> : null}
        </section>
    );
}
