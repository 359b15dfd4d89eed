// Runs scenarios in WebAssembly: {"scenario", "seed", "outcome", "digest", "problems"}, a line for each run. A run with looks and
// messages is made of each first seed as well. usage: node digests.mjs SIMULATOR.mjs PSYNCSIM.wasm SEEDS FILE...
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [path, program, seeds, ...files] = process.argv.slice(2);
const { Simulator } = await import(pathToFileURL(path));
const simulator = new Simulator(new WebAssembly.Module(readFileSync(program)));

function run(ask) {
    const answer = simulator.run(ask);
    const last = answer.trace.slice(answer.trace.lastIndexOf('\n', answer.trace.length - 2) + 1);
    return { outcome: answer.outcome, problems: answer.problems, digest: last ? JSON.parse(last).digest : '', trace: answer.trace };
}

for (const scenario of files) {
    const text = readFileSync(scenario);
    for (let seed = 1; seed <= Number(seeds); seed++) {
        const { outcome, problems, digest } = run({ name: scenario, text, seed });
        console.log(JSON.stringify({ scenario, seed, outcome, problems, digest }));
        if (seed > 1 || outcome !== 'ran') continue;
        const watched = run({ name: scenario, text, seed, every: 1e9, from: 1e9, until: 5e9, hasMessages: true, at: 2e9 });
        const looks = watched.trace.match(/"event":"position"/g)?.length ?? 0;
        console.log(JSON.stringify({ scenario, seed, outcome: watched.outcome, problems: '', digest: watched.digest, looks }));
    }
}
