// Builds the pages, each one file without a reference to anything outside: `make page`.
// usage: node build.mjs report OUT | node build.mjs lab PSYNCSIM.wasm OUT
import { build } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

async function bundle(...entryPoints) {
    const result = await build({
        entryPoints,
        bundle: true,
        minify: true,
        write: false,
        outdir: 'out',
        target: 'es2022',
        format: 'iife',
        jsx: 'automatic',
        jsxImportSource: 'preact',
        legalComments: 'none',
        charset: 'utf8',
    });
    return (suffix) => result.outputFiles.find((file) => file.path.endsWith(suffix)).text.trim();
}

/** The licences want to go with them; all that comes with d3-scale has the same one. */
function fill(page, names, output, others) {
    const licences = names.map((name) => `${name}:\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}`).join('\n\n');
    const filled = Object.entries(others).reduce((text, [name, value]) => text.replace(name, () => value), readFileSync(page, 'utf8'));
    return filled.replace('LICENCES', () => licences)
        .replace('/*STYLE*/', () => output('.css'));
}

const packed = (bytes) => gzipSync(bytes, { level: 9 }).toString('base64');

function scenariosOf(folder, group) {
    return readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name)).sort()
        .map((name) => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8'), group }));
}

const [page, ...args] = process.argv.slice(2);
if (page === 'report') {
    const output = await bundle('src/main.tsx', 'src/style.css');
    writeFileSync(args[0], fill('src/page.html', ['preact', 'd3-scale'], output, {
        '/*SCRIPT*/': output('.js').replaceAll('</script', '<\\/script'),
    }));
} else {
    const [program, out] = args;
    const worker = (await bundle('src/lab/worker.ts'))('.js');
    const gallery = [...scenariosOf('../scenarios/course', 'Course'), ...scenariosOf('../scenarios', 'Stories')];
    const output = await bundle('src/lab/main.tsx', 'src/lab/style.css');
    writeFileSync(out, fill('src/lab/page.html', ['preact', 'd3-scale', 'yaml'], output, {
        GALLERY: packed(JSON.stringify(gallery)),
        WORKER: packed(worker),
        '>SCRIPT': '>' + packed(output('.js')),
        PROGRAM: packed(readFileSync(program)),
    }));
}
