// Asks the simulator's worker, one run after the other.
import type { Ask, Words } from '../simulator';
import type { Reply, Request } from './worker';

interface Waiting {
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

    /** Returns what forgets the run: one that waits is not run, and of one that lasts `done` is not called. */
    run(ask: Ask & { text: string }, wantsValues: boolean, done: (reply: Reply) => void): () => void {
        const waiting = { request: { id: ++this.last, ask, wantsValues }, done };
        this.queue.push(waiting);
        this.next();
        return () => {
            this.queue = this.queue.filter((each) => each !== waiting);
            waiting.done = () => undefined;
        };
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
            if (waiting?.request.id === data.id) waiting.done(data);
            this.next();
        };
        worker.onerror = () => this.stop();
        worker.postMessage(this.program);
        return worker;
    }
}
