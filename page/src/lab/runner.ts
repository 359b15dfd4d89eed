// Asks the simulator's worker, one run after the other: of requests of one kind that wait, the last alone is run.
import type { Ask, Words } from '../simulator';
import type { Reply, Request } from './worker';

interface Waiting {
    kind: string;
    request: Request;
    done: (reply: Reply) => void;
}

export class Runner {
    private worker: Worker | null = null;
    private running: Waiting | null = null;
    private queue: Waiting[] = [];
    private last = 0;
    words: Words | null = null;

    /** `onBusy`: a run has begun, or the last one is over. */
    constructor(private readonly script: string, private readonly program: ArrayBuffer,
        private readonly onBusy: (isBusy: boolean) => void) {}

    run(kind: string, ask: Ask & { text: string }, wantsValues: boolean, done: (reply: Reply) => void): void {
        this.queue = this.queue.filter((each) => each.kind !== kind);
        this.queue.push({ kind, request: { id: ++this.last, ask, wantsValues }, done });
        this.next();
    }

    /** Ends the run that lasts, and forgets those that wait. */
    stop(): void {
        this.worker?.terminate();
        this.worker = null;
        this.running = null;
        this.queue = [];
        this.onBusy(false);
    }

    private next(): void {
        if (this.running) return;
        const waiting = this.queue.shift();
        this.onBusy(waiting !== undefined);
        if (!waiting) return;
        this.running = waiting;
        this.worker ??= this.start();
        this.worker.postMessage(waiting.request);
    }

    private start(): Worker {
        const worker = new Worker(URL.createObjectURL(new Blob([this.script], { type: 'text/javascript' })));
        worker.onmessage = ({ data }: MessageEvent<Reply | Words>) => {
            if (!('id' in data)) {
                this.words = data;
                return;
            }
            const waiting = this.running;
            this.running = null;
            if (waiting?.request.id === data.id && !this.queue.some((each) => each.kind === waiting.kind)) waiting.done(data);
            this.next();
        };
        worker.postMessage(this.program);
        return worker;
    }
}
