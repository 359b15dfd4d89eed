// Two runs side by side: what of each replica, and of the whole, came out otherwise.
import type { PageData } from '../data';
import { clock, digits, unbroken } from '../words';

type Replica = Record<string, unknown> & { node: string };

const ROWS: [string, string, (value: unknown) => string][] = [
    ['full', 'full', String],
    ['full_failed', 'full, failed', String],
    ['partial', 'partial', String],
    ['refused', 'refused', String],
    ['down_ns', 'no link', span],
    ['stale_ns', 'stale', span],
    ['loading_ns', 'loading', span],
    ['bytes', 'bytes sent', number],
    ['buffer_peak_bytes', 'output buffer, most', number],
    ['spare_backlog_min_bytes', 'spare backlog, least', number],
    ['behind_bytes', 'behind at the end', number],
    ['online', 'online at the end', (value) => (value === true ? 'yes' : 'no')],
];

function span(value: unknown): string {
    return typeof value === 'number' ? clock(value, 1e6) : '–';
}

function number(value: unknown): string {
    return typeof value === 'number' ? digits(value) : '–';
}

const replicasOf = (data: PageData) => (Array.isArray(data.summary['replicas']) ? (data.summary['replicas'] as Replica[]) : []);

interface Line {
    about: string;
    kept: string;
    now: string;
}

function linesOf(kept: PageData, now: PageData): Line[] {
    const lines: Line[] = [];
    const names = [...new Set([...replicasOf(kept), ...replicasOf(now)].map((each) => each.node))];
    for (const name of names) {
        const [before, after] = [kept, now].map((data) => replicasOf(data).find((each) => each.node === name));
        for (const [key, label, print] of ROWS) {
            if (before?.[key] === undefined && after?.[key] === undefined) continue;
            lines.push({ about: `${name}: ${label}`, kept: print(before?.[key]), now: print(after?.[key]) });
        }
    }
    for (const [key, label] of [['lost_commands', 'writes lost'], ['lost_bytes', 'bytes lost']] as const)
        lines.push({ about: label, kept: number(kept.summary[key]), now: number(now.summary[key]) });
    return lines;
}

function Stories({ data }: { data: PageData }) {
    const stories = data.summary.stories ?? [];
    return stories.length === 0 ? <p>No resynchronisation came to an end.</p> : (
        <ol class="short">{stories.map((story) => <li key={`${story.t} ${story.node}`}><span class="clock">{story.clock}</span> {unbroken(story.sentence)}</li>)}</ol>
    );
}

interface CompareProps {
    name: string;
    kept: PageData;
    now: PageData;
    onForget: () => void;
}

export function Compare({ name, kept, now, onForget }: CompareProps) {
    const lines = linesOf(kept, now);
    const other = lines.filter((line) => line.kept !== line.now);
    return (
        <section class="compare" aria-labelledby="compare">
            <h2 id="compare">Compared with the run that was kept <button type="button" class="plain" onClick={onForget}>Forget it</button></h2>
            {other.length === 0 ? <p>Every number came out the same{kept.summary.digest === now.summary.digest ? ', and so did every event' : ', but not every event'}.</p> : null}
            <table>
                <thead><tr><td /><th scope="col">kept: {name}</th><th scope="col">now</th></tr></thead>
                <tbody>
                    {other.map((line) => <tr key={line.about}><th scope="row">{line.about}</th><td>{line.kept}</td><td class="differs">{line.now}</td></tr>)}
                    <tr><th scope="row">stories</th><td><Stories data={kept} /></td><td><Stories data={now} /></td></tr>
                </tbody>
            </table>
            {other.length > 0 ? <p class="note">{lines.length - other.length} more numbers are the same in both.</p> : null}
        </section>
    );
}
