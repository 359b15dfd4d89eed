// Builds report.html, one file without a reference to anything outside: `npm run build`, or `make page`.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

const result = await build({
    entryPoints: ['src/main.tsx', 'src/style.css'],
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
const output = (suffix) => result.outputFiles.find((file) => file.path.endsWith(suffix)).text.trim();
// Their licences want to go with them; all that comes with d3-scale has the same one.
const licences = ['preact', 'd3-scale'].map((name) => `${name}:\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}`).join('\n\n');
const page = readFileSync('src/page.html', 'utf8')
    .replace('LICENCES', () => licences)
    .replace('/*STYLE*/', () => output('.css'))
    .replace('/*SCRIPT*/', () => output('.js').replaceAll('</script', '<\\/script'));
writeFileSync(process.argv[2] ?? 'report.html', page);
