// Opens reports from disk in a headless Chromium, as a reader does. usage: node test.mjs REPORT.html TRACE.jsonl LARGE.html ANY.html...
// The trace is that of REPORT; what the page shows of it is held against it. Last line: "N passed, M failed".
import { readFileSync } from 'node:fs';
import { check, checkAccess, finish, near, number, open } from './browser.mjs';

const [report, tracePath, large, ...others] = process.argv.slice(2);
const lines = readFileSync(tracePath, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const summary = lines[lines.length - 1];
/** The output beside the buttons says where the cursor is. */
const where = (page) => page.textContent('output');

async function checkKeys(page) {
    const rows = await page.locator('table.events tbody tr').count();
    await page.keyboard.press('Home');
    const first = await where(page);
    await page.keyboard.press('ArrowRight');
    const second = await where(page);
    check('the cursor moves on', second, (found) => found !== first);
    await page.keyboard.press('ArrowLeft');
    check('and back', await where(page), first);
    await page.keyboard.press('End');
    check('to the end', await where(page), (found) => found !== second && found !== first);
    check('a row for each event', rows, (found) => found > 20);
    await page.keyboard.press('?');
    check('keys are shown', await page.locator('dl.keys').count(), 1);
    await page.keyboard.press('Escape');
    check('and hidden', await page.locator('dl.keys').count(), 0);
    await page.keyboard.press('p');
    const whole = await page.locator('svg').first().textContent();
    for (const key of ['n', 'z']) await page.keyboard.press(key);
    check('zooming changes the picture', await page.locator('svg').first().textContent(), (found) => found !== whole);
    await page.keyboard.press('0');
}

const events = (kind, test = () => true) => lines.filter((line) => line.event === kind && test(line));

/** Numbers in words: the second resynchronisation's ruler, and the look before its end. */
async function checkWords(page) {
    const resync = summary.resyncs[1];
    await page.keyboard.press('p');
    await page.keyboard.press('n');
    const texts = await page.locator('svg.ruler:visible text').allTextContents();
    check('ruler: first', number(texts[0].replace('first', '')), resync.backlog_first);
    check('ruler: last + 1', number(texts[1].replace('last + 1', '')), resync.backlog_first + resync.backlog_bytes);
    check('ruler: asked', number(texts[2].split(':')[0]), resync.asked_offset);
    check('digest', await page.textContent('header code'), summary.digest);
    const look = events('position', (line) => line.node === 'm' && line.t <= resync.t).pop();
    const flow = events('flow', (line) => line.t <= resync.t).pop();
    const cells = await page.locator('table.looks tbody tr').first().locator('td').allTextContents();
    check('offset of m', number(cells[0]), look.offset);
    check('first in its backlog', number(cells[2]), look.backlog_first);
    check('bytes in its backlog', number(cells[3]), look.backlog_bytes);
    check('output buffer', number(cells[4].replace('r1:', '')), flow.buffer_bytes);
    const held = await page.locator('.expectations li').allTextContents();
    check('expectations', held.join('|').replaceAll('\u00a0', ' '), summary.expectations.map((each) => `${each.held ? 'held' : 'failed'} ${each.text}, found ${each.found}`).join('|'));
}

/** Positions: the axis runs from 74 to width - 12. */
async function checkPlaces(page) {
    await page.keyboard.press('0');
    const width = await page.evaluate(() => document.querySelector('svg').viewBox.baseVal.width);
    const x = (t) => 74 + (t / lines[0].duration_ns) * (width - 86);
    const boxes = (selector) => page.locator(selector).evaluateAll((list) => list.map((each) => [Number(each.getAttribute('x')), Number(each.getAttribute('width'))]));
    const [[left, long]] = await boxes('rect.phase.payload');
    check('the payload begins', left, near(x(events('payload')[0].t)));
    check('the payload ends', left + long, near(x(events('received')[0].t)));
    const [[fault, lasts]] = await boxes('rect.mark.fault');
    check('the fault begins', fault, near(x(events('fault')[0].t)));
    check('the fault ends', fault + lasts, near(x(events('heal')[0].t)));
    const online = await boxes('rect.phase.online');
    check('online again', online[online.length - 1][0], near(x(events('online')[1].t)));
    const debt = await page.locator('path.debt').evaluate((path) => ({
        bottom: Number(path.getAttribute('data-bottom')),
        lowest: Math.max(...path.getAttribute('d').match(/,[\d.]+/g).map((text) => Number(text.slice(1)))),
    }));
    const most = Math.max(...events('position', (line) => line.node === 'r1').map((line) => line.behind_bytes));
    check('the deepest debt', debt.lowest, near(14 + (most / debt.bottom) * 230));
    const arrows = await page.locator('g.message title').allTextContents();
    const messages = events('send', (line) => !['ack', 'newline'].includes(line.what));
    check('an arrow for each message', arrows.length, messages.length);
    check('what they say', arrows[6].includes(messages[6].text), true);
}

for (const scheme of ['light', 'dark']) {
    const { page, troubles, close } = await open(report, scheme);
    await checkKeys(page);
    await checkWords(page);
    await checkPlaces(page);
    await checkAccess(page, scheme);
    check(`${scheme}: errors and requests`, troubles.join('; '), '');
    await close();
}
for (const file of others) {
    const { page, troubles, close } = await open(file, 'light');
    for (const key of ['n', 'z', 'ArrowRight', '-', 'End', '0']) await page.keyboard.press(key);
    await checkAccess(page, file);
    check(`${file}: errors and requests`, troubles.join('; '), '');
    await close();
}
// The time of the processor, which is what an idle machine takes, is a figure to read; that it ends is what is checked.
const opened = [];
for (let i = 0; i < 3; i++) {
    const begun = Date.now();
    const { page, troubles, close } = await open(large, 'light');
    const wall = Date.now() - begun;
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    opened.push(Math.round(1000 * metrics.find((each) => each.name === 'ProcessTime').value));
    console.log(`the large trace was open after ${wall} ms, ${opened[i]} of them of the processor`);
    check(`${large}: errors and requests`, troubles.join('; '), '');
    await close();
}
check('ms until a large trace is open, the best of three', Math.min(...opened), (found) => found < 30000);
await finish();
