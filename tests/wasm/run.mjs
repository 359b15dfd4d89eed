// Runs a program of tests/wasm in WebAssembly, with this process's stdout and what is in its directory. usage: node run.mjs SIMULATOR.mjs PROGRAM.wasm ARGUMENT...
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { WASI } from 'node:wasi';

const [simulator, program, ...args] = process.argv.slice(2);
const { parseTree, recordsOf } = await import(pathToFileURL(simulator));
const wasi = new WASI({ version: 'preview1', args: [program, ...args], preopens: { '.': '.' } });
const module = new WebAssembly.Module(readFileSync(program));
const parse = (place, length) => {
    const records = recordsOf(parseTree(new TextDecoder().decode(new Uint8Array(instance.exports.memory.buffer, place, length))));
    const to = instance.exports.malloc(records.length);
    new Uint8Array(instance.exports.memory.buffer, to, records.length).set(records);
    return to;
};
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport, page: { parse } });
process.exit(wasi.start(instance));
