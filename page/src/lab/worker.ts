// The simulator beside the page: a run that lasts does not stop the page from answering, and can be ended.
import type { PageData } from '../data';
import { Simulator } from '../simulator';
import type { Answer, Ask, Words } from '../simulator';
import { parseTree } from '../yaml';
import { pageData } from './page_data';
import { valuesOf } from './values';
import type { Value } from './values';

export interface Request {
    id: number;
    ask: Ask & { text: string };
    wantsValues: boolean;
}

export interface Reply {
    id: number;
    answer: Omit<Answer, 'trace'>;
    data: PageData | null;
    values: Value[];
    ms: number; // in the simulator
}

let simulator: Simulator | null = null;

self.onmessage = ({ data }: MessageEvent<ArrayBuffer | Request>) => {
    if (data instanceof ArrayBuffer) {
        simulator = new Simulator(new WebAssembly.Module(data));
        self.postMessage(simulator.words() satisfies Words);
        return;
    }
    if (!simulator) return;
    const begun = performance.now();
    const { trace, ...answer } = simulator.run(data.ask);
    const ms = performance.now() - begun;
    const reply: Reply = {
        id: data.id,
        answer,
        data: answer.outcome === 'ran' ? pageData(trace) : null,
        values: data.wantsValues && answer.outcome === 'ran' ? valuesOf(parseTree(data.ask.text)) : [],
        ms,
    };
    self.postMessage(reply);
};
