// What psyncsim wrote into the page (sim/page/page_data.h). Every number that is shown comes from here.

export interface TraceEvent {
    t: number;
    event: string;
    node?: string;
    [field: string]: string | number | boolean | undefined;
}

export interface Row {
    clock: string;
    line: number; // of the trace
    event: TraceEvent;
}

export interface HeaderNode {
    node: string;
    master?: string;
    server?: string;
    begin?: string;
    config?: Record<string, string>;
    backlog_size_bytes?: number;
    limit_hard_bytes?: number;
    limit_soft_bytes?: number;
    limit_soft_s?: number;
}

export interface Story {
    t: number;
    clock: string;
    node: string;
    sentence: string;
    verdict: string;
    first?: number;
    asked?: number;
    past?: number;
    place?: string;
    lines: { label: string; text: string }[];
}

export interface Resync extends Record<string, string | number | undefined> {
    t: number;
    node: string;
}

export interface Summary {
    scenario: string;
    digest: string;
    events: number;
    resyncs?: Resync[];
    stories?: Story[];
    text?: string;
    expectations?: { text: string; held: boolean; found: string; line: number }[];
    [key: string]: unknown;
}

export interface Positions {
    node: string;
    t: number[];
    offset: (number | null)[];
    behind_bytes: (number | null)[];
    backlog_first: (number | null)[];
    backlog_bytes: (number | null)[];
}

export interface Flow {
    node: string;
    replica: string;
    t: number[];
    buffer_bytes: (number | null)[];
    sent_offset: (number | null)[];
}

export interface Message {
    send: TraceEvent & { to: string; leaves_ns: number; what: string; text?: string };
    received_ns?: number;
}

export interface PageData {
    header: {
        scenario: string;
        why?: string;
        server?: string;
        live?: string;
        version: string;
        seed: number;
        duration_ns: number;
        nodes?: HeaderNode[];
    };
    summary: Summary;
    events: Row[];
    positions: Positions[];
    flows: Flow[];
    messages: Message[];
    left_out: Record<string, number>;
}

export function readData(): PageData {
    const text = document.getElementById('trace')?.textContent ?? '';
    const data = JSON.parse(text) as PageData;
    data.events.sort((a, b) => a.event.t - b.event.t); // stable: of one instant as in the trace
    return data;
}

/** Index of the last value that is not beyond `value`; -1: none. */
export function lastAt(sorted: readonly number[], value: number): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}
