// The table of events: the same as the figures, in words and exact numbers.
import { useState } from 'preact/hooks';
import type { PageData, Row, TraceEvent } from './data';
import { digits } from './words';

const PAGE = 200;

function details(event: TraceEvent): string {
    return Object.entries(event).filter(([key]) => key !== 't' && key !== 'event' && key !== 'node')
        .map(([key, value]) => `${key} ${typeof value === 'number' ? digits(value) : String(value)}`).join(', ');
}

interface EventsProps {
    data: PageData;
    current: number; // index of the row at the cursor; -1: none
    onCursor: (t: number) => void;
}

function EventRow({ row, isCurrent, onCursor }: { row: Row; isCurrent: boolean; onCursor: (t: number) => void }) {
    return (
        <tr class={isCurrent ? 'current' : ''} aria-current={isCurrent ? 'true' : undefined}>
            <td><button type="button" class="plain" onClick={() => onCursor(row.event.t)}>{row.clock}</button></td>
            <td>{row.event.node ?? ''}</td>
            <td>{row.event.event}</td>
            <td class="details">{details(row.event)}</td>
        </tr>
    );
}

export function Events({ data, current, onCursor }: EventsProps) {
    const [chosen, setChosen] = useState<{ page: number; at: number } | null>(null);
    const pages = Math.max(1, Math.ceil(data.events.length / PAGE));
    const page = chosen && chosen.at === current ? chosen.page : Math.max(0, Math.floor(current / PAGE));
    const go = (to: number) => setChosen({ page: Math.min(pages - 1, Math.max(0, to)), at: current });
    const ofMessages = Math.max(0, data.events.length - data.summary.events); // those that the header does not count
    const left = Object.entries(data.left_out).filter(([, count]) => count > 0).map(([what, count]) => `${digits(count)} ${what}`);
    return (
        <section aria-labelledby="events">
            <h2 id="events">Events</h2>
            <p class="note">
                {digits(data.events.length - ofMessages)} events{ofMessages > 0 ? ` and ${digits(ofMessages)} rows of messages` : ''}{left.length > 0 ? `; left out: ${left.join(', ')}` : ''}.
                {pages > 1 ? <span class="no-print"> Page {page + 1} of {pages}{' '}
                    <button type="button" class="plain" disabled={page === 0} onClick={() => go(page - 1)}>earlier</button>{' '}
                    <button type="button" class="plain" disabled={page === pages - 1} onClick={() => go(page + 1)}>later</button></span> : null}
            </p>
            <div class="scroll" tabIndex={0} role="region" aria-label="Table of events">
                <table class="events">
                    <thead><tr><th scope="col">time</th><th scope="col">node</th><th scope="col">event</th><th scope="col">details</th></tr></thead>
                    <tbody>
                        {data.events.slice(page * PAGE, (page + 1) * PAGE).map((row, i) => (
                            <EventRow key={page * PAGE + i} row={row} isCurrent={page * PAGE + i === current} onCursor={onCursor} />
                        ))}
                    </tbody>
                </table>
            </div>
        </section>
    );
}
