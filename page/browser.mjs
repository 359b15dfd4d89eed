// What the tests of the pages share: a headless Chromium that opens files from disk, as a reader does.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let passed = 0;
let failed = 0;

export function check(what, found, expected) {
    const isGood = typeof expected === 'function' ? expected(found) : found === expected;
    if (isGood) passed++;
    else failed++;
    if (!isGood) console.log(`FAILED ${what}: found ${JSON.stringify(found)}${typeof expected === 'function' ? '' : `, expected ${JSON.stringify(expected)}`}`);
}
export const near = (expected) => (found) => Math.abs(found - expected) <= 1;
export const number = (text) => Number(text.replace(/[^0-9-]/g, ''));

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });

/** A page that is open; `troubles` are errors and requests beyond the file itself. */
export async function open(file, colorScheme, hash = '') {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const troubles = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) troubles.push(message.text()); });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) troubles.push(request.url()); });
    await page.goto('file://' + resolve(file) + hash);
    await page.waitForSelector('main');
    return { page, troubles, close: () => context.close() };
}

export async function checkAccess(page, name) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const serious = found.violations.filter((each) => ['serious', 'critical'].includes(each.impact) || ['empty-table-header', 'landmark-unique', 'region'].includes(each.id));
    check(`${name}: axe`, serious.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 120)}: ${each.nodes[0].failureSummary}`).join('; '), '');
}

/** Last line: "N passed, M failed". */
export async function finish() {
    await browser.close();
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed > 0 ? 1 : 0);
}
