// A trace as what the page draws: the same that sim/page/page_data.c makes for `psyncsim report`.
import type { Flow, Message, PageData, Positions, Row, Summary, TraceEvent } from '../data';

const MESSAGES_MAX = 10000;

/** As humanize_clock() has it: 1:05.252. */
export function clockOf(t: number): string {
    const two = (n: number) => String(n).padStart(2, '0');
    const ms = Math.floor(t / 1e6);
    const s = Math.floor(ms / 1000);
    const min = Math.floor(s / 60);
    const hours = Math.floor(min / 60);
    const days = hours >= 24 ? `${Math.floor(hours / 24)}d ` : '';
    return `${days}${hours > 0 ? `${hours % 24}:${two(min % 60)}` : min}:${two(s % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

const number = (value: TraceEvent[string]) => (typeof value === 'number' ? value : null);

class Collecting {
    readonly data: PageData;
    private readonly onWay = new Map<number, Message>();
    private readonly left = { ping: 0, ack: 0, message: 0 };

    constructor(header: PageData['header']) {
        this.data = { header, summary: { scenario: '', digest: '', events: 0 }, events: [], positions: [], flows: [], messages: [], left_out: this.left };
    }

    take(event: TraceEvent, line: number): void {
        switch (event.event) {
            case 'summary':
                this.data.summary = event as unknown as Summary;
                break;
            case 'ping':
            case 'ack':
                this.left[event.event]++;
                break;
            case 'position':
                this.takePosition(event);
                break;
            case 'flow':
                this.takeFlow(event);
                break;
            case 'send':
                this.takeSend(event as Message['send']);
                break;
            case 'receive': {
                const message = this.onWay.get(Number(event['message']));
                if (message) message.received_ns = event.t;
                break;
            }
            default:
                this.data.events.push({ clock: clockOf(event.t), line, event } satisfies Row);
        }
    }

    private takePosition(event: TraceEvent): void {
        const node = event.node ?? '';
        let series: Positions | undefined = this.data.positions.find((each) => each.node === node);
        if (!series) this.data.positions.push(series = { node, t: [], offset: [], behind_bytes: [], backlog_first: [], backlog_bytes: [] });
        series.t.push(event.t);
        for (const key of ['offset', 'behind_bytes', 'backlog_first', 'backlog_bytes'] as const) series[key].push(number(event[key]));
    }

    private takeFlow(event: TraceEvent): void {
        const node = event.node ?? '';
        const replica = String(event['replica']);
        let series: Flow | undefined = this.data.flows.find((each) => each.node === node && each.replica === replica);
        if (!series) this.data.flows.push(series = { node, replica, t: [], buffer_bytes: [], sent_offset: [] });
        series.t.push(event.t);
        for (const key of ['buffer_bytes', 'sent_offset'] as const) series[key].push(number(event[key]));
    }

    private takeSend(send: Message['send']): void {
        if (send.what === 'ack' || send.what === 'newline' || this.data.messages.length === MESSAGES_MAX) {
            this.left.message++;
            return;
        }
        const message: Message = { send };
        this.data.messages.push(message);
        this.onWay.set(Number(send['message']), message);
    }
}

export function pageData(trace: string): PageData {
    const [header = '{}', ...lines] = trace.trimEnd().split('\n');
    const collecting = new Collecting(JSON.parse(header) as PageData['header']);
    lines.forEach((line, i) => collecting.take(JSON.parse(line) as TraceEvent, i + 2));
    collecting.data.events.sort((a, b) => a.event.t - b.event.t); // stable: of one instant as in the trace
    return collecting.data;
}
