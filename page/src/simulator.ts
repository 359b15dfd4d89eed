// The simulator in WebAssembly: sim/wasm/lab.h, with texts in place of memory.
import { parseTree, recordsOf } from './yaml';

export interface Ask {
    name: string; // of the scenario, in messages
    text: string | Uint8Array;
    seed?: number; // its own
    every?: number; // ns between two looks at every node
    from?: number; // … in this stretch
    until?: number;
    at?: number; // moment of INFO
    hasMessages?: boolean;
    overrides?: readonly string[];
}

export type Outcome = 'ran' | 'refused' | 'broken';
const OUTCOMES: readonly Outcome[] = ['ran', 'refused', 'broken'];

export interface Answer {
    outcome: Outcome;
    problems: string;
    trace: string;
    info: string;
    ask: string;
    reveal: string;
}

export interface Key {
    key: string;
    what: string;
    example?: string;
    inside?: number; // index of a section
    values?: string[];
    arguments?: string; // of a fault
}

/** What may stand in a scenario: sim/wasm/lab_words.c. */
export interface Words {
    sections: Key[][];
    faults: Key[];
    expectations: Key[];
    directives: string[];
}

interface Lab {
    memory: WebAssembly.Memory;
    _initialize(): void;
    lab_take(size: number): number;
    lab_run(asked: number, text: number, length: number): number;
    lab_words(): void;
    lab_text(output: number): number;
    lab_length(output: number): number;
}

const EBADF = 8;
const WORDS = 5; // enum lab_output

export { parseTree, recordsOf };

export class Simulator {
    private lab: Lab | null = null;
    private spoken = ''; // on stderr

    constructor(private readonly module: WebAssembly.Module) {}

    run(ask: Ask): Answer {
        this.lab ??= this.instantiate();
        const lab = this.lab;
        const fields = [ask.name, ask.seed ?? -1, ask.every ?? 0, ask.from ?? 0, ask.until ?? 0, ask.at ?? -1, Number(ask.hasMessages ?? false),
            ...(ask.overrides ?? []).filter((each) => each !== ''), ''];
        const text = typeof ask.text === 'string' ? new TextEncoder().encode(ask.text) : ask.text;
        this.spoken = '';
        try {
            const asked = this.put(lab, new TextEncoder().encode(fields.map((each) => String(each).replaceAll('\0', '')).join('\0') + '\0'));
            const outcome = lab.lab_run(asked, this.put(lab, text), text.length);
            const [problems = '', trace = '', info = '', questions = '', reveal = ''] = [0, 1, 2, 3, 4].map((i) => this.output(lab, i));
            return { outcome: OUTCOMES[outcome] ?? 'broken', problems, trace, info, ask: questions, reveal };
        } catch (error) {
            this.lab = null; // what an assertion left behind is not to be used
            return { outcome: 'broken', problems: this.spoken || String(error), trace: '', info: '', ask: '', reveal: '' };
        }
    }

    words(): Words {
        this.lab ??= this.instantiate();
        this.lab.lab_words();
        return JSON.parse(this.output(this.lab, WORDS)) as Words;
    }

    private put(lab: Lab, bytes: Uint8Array): number {
        const place = lab.lab_take(bytes.length + 1);
        new Uint8Array(lab.memory.buffer, place, bytes.length).set(bytes);
        return place;
    }

    private output(lab: Lab, index: number): string {
        const place = lab.lab_text(index);
        return new TextDecoder().decode(new Uint8Array(lab.memory.buffer, place, lab.lab_length(index)));
    }

    /** What wasi-libc wants of a system: an empty environment, and stderr. */
    private instantiate(): Lab {
        const view = () => new DataView(lab.memory.buffer);
        const system: Record<string, (...numbers: number[]) => number> = {
            environ_sizes_get: (count = 0, size = 0) => {
                view().setUint32(count, 0, true);
                view().setUint32(size, 0, true);
                return 0;
            },
            environ_get: () => 0,
            fd_write: (_fd, vectors = 0, count = 0, written = 0) => {
                let sum = 0;
                for (let i = 0; i < count; i++) {
                    const place = view().getUint32(vectors + 8 * i, true);
                    const length = view().getUint32(vectors + 8 * i + 4, true);
                    this.spoken += new TextDecoder().decode(new Uint8Array(lab.memory.buffer, place, length));
                    sum += length;
                }
                view().setUint32(written, sum, true);
                return 0;
            },
        };
        const imports: WebAssembly.Imports = { wasi_snapshot_preview1: {}, page: {
            parse: (place: number, length: number) => {
                const text = new TextDecoder().decode(new Uint8Array(lab.memory.buffer, place, length));
                return this.put(lab, recordsOf(parseTree(text)));
            },
        } };
        for (const { module, name } of WebAssembly.Module.imports(this.module))
            if (module === 'wasi_snapshot_preview1') imports[module]![name] = system[name] ?? (() => EBADF);
        const lab = new WebAssembly.Instance(this.module, imports).exports as unknown as Lab;
        lab._initialize();
        return lab;
    }
}
