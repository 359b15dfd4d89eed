// What each node was doing when, from its events: a lane of phases, and what lies over it.
import type { PageData, TraceEvent } from './data';

export type Phase =
    'master' | 'online' | 'no-link' | 'handshake' | 'asked' | 'save' | 'payload' | 'load' | 'down';

export const PHASES: Record<Phase, string> = {
    master: 'master',
    online: 'online: applies the stream',
    'no-link': 'no link',
    handshake: 'connects',
    asked: 'asked, no answer yet',
    save: 'waits for the save',
    payload: 'receives the payload',
    load: 'loads it',
    down: 'not running',
};

export interface Segment {
    from: number;
    to: number;
    phase: Phase;
}

export interface Mark {
    from: number;
    to: number;
    what: string; // fault, pause or save
    text: string;
}

export interface Lane {
    node: string;
    segments: Segment[];
    marks: Mark[];
}

const text = (value: TraceEvent[string]) => (value === undefined ? '' : String(value));

/** The phase that `event` puts `node` into; undefined: it changes nothing. */
function phaseAfter(event: TraceEvent, node: string): Phase | undefined {
    if (event.event === 'answer' && event['replica'] === node && event['kind'] === 'full') return 'save';
    if (event.event === 'payload' && event['replica'] === node) return 'payload';
    if (event.node !== node) return undefined;
    switch (event.event) {
        case 'up':
        case 'role':
            return event['role'] === 'master' ? 'master' : 'no-link';
        case 'down':
            return 'down';
        case 'connect':
            return 'handshake';
        case 'connect_failed':
            return 'no-link';
        case 'ask':
            return 'asked';
        case 'received':
            return 'load';
        case 'online':
            return 'online';
        default:
            return undefined;
    }
}

function begins(data: PageData, node: string): Phase {
    const spec = data.header.nodes?.find((each) => each.node === node);
    if (spec?.begin === 'synced') return spec.master ? 'online' : 'master';
    if (spec?.begin === 'alone') return 'master';
    return spec?.begin === undefined && !spec?.master ? 'master' : 'down';
}

/** Either side reports a drop; it is the replica's own if the peer is its master by then. */
function segmentsOf(data: PageData, node: string, end: number): Segment[] {
    const segments: Segment[] = [];
    let phase = begins(data, node);
    let from = 0;
    let master = data.header.nodes?.find((each) => each.node === node)?.master;
    for (const { event } of data.events) {
        if (event.event === 'up' && event.t === 0 && phase !== 'down') continue; // it ran before
        if (event.node === node && (event.event === 'connect' || event.event === 'online'))
            master = text(event['master']);
        let next = phaseAfter(event, node);
        if (event.event === 'drop' && event.node === node)
            next = event['peer'] === master && phase !== 'master' && phase !== 'down' ? 'no-link' : undefined;
        if (next === undefined || next === phase) continue;
        if (event.t > from) segments.push({ from, to: event.t, phase });
        from = event.t;
        phase = next;
    }
    segments.push({ from, to: end, phase });
    return segments;
}

/** Pairs of a beginning and an end: what lasts until the end of the run has none. */
function marksOf(data: PageData, end: number, open: (e: TraceEvent) => Mark | undefined, closes: (e: TraceEvent) => ((mark: Mark) => boolean) | undefined): Mark[] {
    const done: Mark[] = [];
    let pending: Mark[] = [];
    for (const { event } of data.events) {
        const isClosed = closes(event);
        if (isClosed) {
            for (const mark of pending.filter(isClosed)) mark.to = event.t;
            pending = pending.filter((mark) => mark.to === 0);
        }
        const mark = open(event);
        if (mark) {
            done.push(mark);
            if (mark.to === 0) pending.push(mark);
        }
    }
    for (const mark of pending) mark.to = end;
    return done;
}

export function faultsOf(data: PageData, end: number): Mark[] {
    const lasting = new Set(['cut', 'partition', 'slow', 'pause', 'fail-save', 'fail-fork', 'fail-load', 'pause-writes']);
    return marksOf(data, end,
        (event) => event.event === 'fault'
            ? { from: event.t, to: lasting.has(text(event['fault'])) ? 0 : event.t, what: 'fault',
                text: `${text(event['fault'])} ${text(event['target'])}` } : undefined,
        (event) => event.event === 'heal'
            ? (mark) => mark.text === `${text(event['fault'])} ${text(event['target'])}` : undefined);
}

export function lanesOf(data: PageData): Lane[] {
    const end = data.header.duration_ns;
    const names = data.header.nodes?.map((node) => node.node) ?? [];
    for (const { event } of data.events)
        if (event.node !== undefined && !names.includes(event.node)) names.push(event.node);
    return names.map((node) => ({
        node,
        segments: segmentsOf(data, node, end),
        marks: [
            ...marksOf(data, end,
                (event) => event.event === 'pause' && event.node === node
                    ? { from: event.t, to: 0, what: 'pause', text: `stands still: ${text(event['why'])}` } : undefined,
                (event) => event.node === node && (event.event === 'resume' || event.event === 'down') ? () => true : undefined),
            ...marksOf(data, end,
                (event) => event.event === 'fork' && event.node === node
                    ? { from: event.t, to: 0, what: 'save', text: `saves to ${text(event['target'])}` } : undefined,
                (event) => event.node === node && (event.event === 'saved' || event.event === 'down') ? () => true : undefined),
        ],
    }));
}
