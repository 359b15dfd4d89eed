// Uses a laboratory as a reader does, in a headless Chromium, and holds what it shows against what the program prints.
// usage: node test_lab.mjs LAB.html EXPECTED.json SHOTS. Last line: "N passed, M failed".
import { readFileSync } from 'node:fs';
import { check, checkAccess, finish, number, open } from './browser.mjs';

const [lab, expectedPath, shots] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedPath, 'utf8'));
const where = (page) => page.textContent('.toolbar output');
const digest = (page) => page.textContent('header code');
const area = (page) => page.locator('textarea');
/** As the program has it: on the page no number breaks across lines. */
const plain = (texts) => texts.join('|').replaceAll('\u00a0', ' ');

/** Until the page shows the run that has this digest. */
async function waitForDigest(page, wanted, what) {
    await page.waitForFunction((text) => document.querySelector('header code')?.textContent === text, wanted, { timeout: 20000 }).catch(() => undefined);
    check(what, await digest(page), wanted);
}

async function choose(page, group, name) {
    const value = await page.locator(`optgroup[label="${group}"] option`).evaluateAll((list, wanted) => list.find((each) => each.textContent === wanted)?.value, name);
    await page.locator('.choose select').selectOption(value);
}

async function move(page, path, step) {
    await page.locator(`.sliders label:has(.path:text-is("${path}")) input`).evaluate((input, value) => {
        input.value = String(value);
        input.dispatchEvent(new Event('input', { bubbles: true }));
    }, step);
}

async function checkSteps(page) {
    await page.keyboard.press('Home');
    const first = await where(page);
    await page.keyboard.press('ArrowRight');
    check('a step goes on', await where(page), (found) => found !== first);
    await page.keyboard.press('ArrowLeft');
    check('and back', await where(page), first);
    await page.keyboard.press('s');
    check('steps by message', await page.locator('.toolbar select').inputValue(), 'message');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    check('a message', await where(page), (found) => /(leaves|read)/.test(found));
    const one = await where(page);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    check('the message again', await where(page), one);
    await page.keyboard.press('s');
    await page.waitForFunction(() => document.querySelector('.toolbar select').value === 'decision');
    await page.keyboard.press('End');
    check('the last decision', await where(page), expected.decisions.at(-1));
    await page.keyboard.press('ArrowLeft');
    check('the one before', await where(page), expected.decisions.at(-2));
    await page.keyboard.press('s');
    await page.keyboard.press('Home');
    for (let i = 0; i < 30; i++) await page.keyboard.press('Shift+ArrowRight');
    check('thirty seconds on, and what was before', await where(page), (found) => /^0:30\.\d{3}, after 0:29\.903 {2}r1 /.test(found));
}

/** Numbers of the run against those of the program. */
async function checkNumbers(page) {
    const cells = await page.locator('table.looks tbody tr').first().locator('td').allTextContents();
    const look = expected.look;
    ['offset', 'behind_bytes', 'backlog_first', 'backlog_bytes'].forEach((key, i) => check(`looks: ${key}`, number(cells[i]), look[key]));
    check('looks: output buffer', number(cells[4].replace('r1:', '')), look.buffer_bytes);
    const held = await page.locator('.expectations li').allTextContents();
    check('expectations', plain(held), expected.expectations.join('|'));
    check('as the terminal has it', await page.locator('section:has(#outcome) pre').textContent(), expected.text);
    check('an arrow for each message', await page.locator('g.message').count(), expected.messages);
    const phases = await page.locator('rect.phase.payload').evaluateAll((list) => list.map((each) => Number(each.getAttribute('data-from'))));
    check('the payload begins', phases.join(), String(expected.payload_ns));
    const why = await page.locator('.story dd').allTextContents();
    check('why', plain(why), expected.why.join('|'));
}

async function checkInfo(page) {
    await page.keyboard.press('p');
    await page.keyboard.press('n');
    await page.keyboard.press('i');
    await page.waitForFunction((text) => document.querySelector('.info pre')?.textContent === text, expected.info, { timeout: 5000 }).catch(() => undefined);
    check('INFO at the cursor', await page.locator('.info pre').textContent(), expected.info);
    await page.keyboard.press('i');
}

async function checkZoom(page) {
    for (let i = 0; i < 40; i++) await page.keyboard.press('+');
    await page.waitForFunction(() => document.querySelector('path.debt').getAttribute('d').includes('L'), null, { timeout: 5000 }).catch(() => undefined);
    const labels = await page.locator('svg .axis text').allTextContents();
    check('zoomed to microseconds', labels.some((label) => /\.\d{6,}$/.test(label)), true);
    check('a line in the stretch', await page.locator('path.debt').first().getAttribute('d'), (found) => found.includes('L'));
    await page.keyboard.press('0');
}

async function checkSliders(page) {
    await page.keyboard.press('k');
    check('nothing is other than what was kept', await page.locator('.compare p').first().textContent(), (found) => found.includes('so did every event'));
    await move(page, 'config.repl-backlog-size', -10);
    await waitForDigest(page, expected.smaller.digest, 'a backlog of half the size');
    check('the text has it', await area(page).inputValue(), (found) => found.includes(`repl-backlog-size: ${expected.smaller.value}`));
    const row = page.locator('.compare tr', { hasText: 'r1: full' }).first();
    check('compared: full', (await row.locator('td').allTextContents()).join(), `1,${expected.smaller.full}`);
    check('the kept run is drawn', await page.locator('.pinned svg').count(), 2);
    await page.locator('.sliders button:not([disabled])').click();
    await waitForDigest(page, expected.digest, 'as it was written');
    const took = [];
    for (let i = 1; i <= 20; i++) {
        const before = await digest(page);
        await move(page, 'load[0].rate', i);
        await page.waitForFunction((text) => document.querySelector('header code')?.textContent !== text, before, { timeout: 5000 });
        await page.waitForTimeout(60);
        took.push(Number(await page.textContent('.answer-ms')));
    }
    took.sort((a, b) => a - b);
    console.log(`a slider's answer is drawn after ${took[10]} ms (median of 20), ${took[0]} at best, ${took[19]} at worst; two minutes are run in ${await page.textContent('.run-ms')} ms`);
    check('how long an answer takes is shown', took.every((each) => each > 0), true);
    await page.locator('.compare button').click();
    check('forgotten', await page.locator('.compare').count(), 0);
}

async function checkEditor(page) {
    await area(page).fill(expected.wrong.text);
    await page.waitForSelector('.problems');
    const problems = await page.locator('.problems li').allTextContents();
    check('problems', problems.map((each) => each.trim()).join('|'), expected.wrong.problems.join('|'));
    await page.locator('.problems button').first().click();
    const [line, column] = expected.wrong.problems[0].split(/[: ]/).map(Number);
    const caret = await area(page).evaluate((element) => element.value.slice(0, element.selectionStart).split('\n'));
    check('the picture is said to be an older one', await page.locator('.old').count(), 1);
    check('the caret goes there', `${caret.length}:${caret.at(-1).length + 1}`, `${line}:${column}`);
    await area(page).fill('nodes: { m: {} }\nconfig: { repl-ba');
    await area(page).press('Control+Space');
    check('completion of a directive', (await page.locator('.completion code').allTextContents()).join(), 'repl-backlog-size,repl-backlog-ttl');
    await area(page).press('ArrowDown');
    await area(page).press('Enter');
    check('it is taken', await area(page).inputValue(), 'nodes: { m: {} }\nconfig: { repl-backlog-ttl: ');
    await area(page).fill('faults:\n  - at: 30s\n    par');
    await area(page).press('Control+Space');
    check('completion of a fault', (await page.locator('.completion code').allTextContents()).join(), 'partition');
    await checkAccess(page, 'editor');
    await area(page).press('Escape');
    await area(page).press('Escape');
}

async function checkCourse(page) {
    await choose(page, 'Course', '03-short-cut');
    await page.waitForSelector('.predict');
    check('what came out is hidden', await page.locator('svg').count(), 0);
    const inputs = page.locator('.predict input');
    check('a question for each', await inputs.count(), expected.course.questions.length);
    check('their paths', (await page.locator('.predict code').allTextContents()).join(), expected.course.questions.join());
    const shown = await area(page).inputValue();
    check('the text holds no answer', /reveal:|expect:|"\? /.test(shown), false);
    check('it holds the rest', shown.includes('faults:'), true);
    await checkAccess(page, 'questions');
    if (shots) await page.screenshot({ path: `${shots}/ask.png` });
    await inputs.nth(0).fill('many');
    await page.locator('.predict button').click();
    await page.waitForSelector('.predict .problems');
    check('a prediction that is none', await page.locator('.predict .problems').textContent(), (found) => found.includes("'many'"));
    await inputs.nth(0).fill('1');
    await inputs.nth(1).fill('1');
    await inputs.nth(2).fill('10.3mb');
    await page.locator('.predict button').click();
    await page.waitForSelector('.revealed tbody td b');
    check('predictions', (await page.locator('.revealed b').allTextContents()).join(), 'failed,held,held');
    const place = await page.locator('.revealed').evaluate((element) => [element.getBoundingClientRect().top, element.contains(document.activeElement)].join());
    check('the verdict is in sight, and has the focus', place, (found) => Number(found.split(',')[0]) < 500 && found.endsWith('true'));
    check('what it says about them', plain([await page.locator('.revealed .lead').textContent()]).trim(), expected.course.reveal);
    await waitForDigest(page, expected.course.digest, 'predictions change no run');
    if (shots) await page.screenshot({ path: `${shots}/reveal.png`, fullPage: true });
}

/** The looks go on to the end of a run that is longer than the one before it. */
async function checkWholeRun(page) {
    await choose(page, 'Files', expected.first);
    await waitForDigest(page, expected.digest, 'two minutes');
    await choose(page, 'Stories', 'redis-2694-chain');
    await waitForDigest(page, expected.gallery.find((each) => each.name === 'redis-2694-chain').digest, 'five minutes');
    await page.waitForTimeout(1000);
    const [end, width] = await page.locator('path.band-end').first().evaluate((path) => [Number(path.getAttribute('d').match(/.*[ML]([\d.]+),/)[1]), path.ownerSVGElement.viewBox.baseVal.width]);
    check('the backlog is drawn to the end of the run', end, (found) => found > width - 12 - 6);
}

/** What comes back of a scenario after another one was chosen is not shown: its questions would take what is typed for those of the other. */
async function checkLateReply(page) {
    await choose(page, 'Course', '02-offset-and-backlog');
    await page.waitForSelector('.predict');
    const late = await page.evaluate(() => new Promise((resolve) => {
        const select = document.querySelector('.choose select');
        const choose = (text) => {
            select.value = [...select.options].find((each) => each.textContent === text).value;
            select.dispatchEvent(new Event('change', { bubbles: true }));
        };
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (message) {
            Worker.prototype.postMessage = post;
            const reply = this.onmessage;
            this.onmessage = (event) => { // the other scenario is chosen just before the reply is read
                this.onmessage = reply;
                choose('10-lost-writes');
                queueMicrotask(() => {
                    reply.call(this, event);
                    queueMicrotask(() => resolve(document.querySelectorAll('.predict label').length));
                });
            };
            post.call(this, message);
        };
        choose('06-silence');
    }));
    check('questions of a scenario that is chosen no more', late, 0);
}

/** A number alone holds near the answer, and is taken in the digits and units that a reader writes. */
async function checkPredictions(page) {
    const cases = [
        ['02-offset-and-backlog', 0, ['62 000 000', '60mb', '55mb'], 'held,held,failed'],
        ['04-long-cut', 2, ['1gb', '1.02gb', '1.1gb', '1..1.05gb', '1.0gb..1.05gb'], 'held,held,failed,held,held'],
        ['06-silence', 2, ['120s', '2min', '110 s', '>= 2min'], 'held,held,failed,held'],
        ['10-lost-writes', 1, ['20000', '20 000', '18 000'], 'held,held,failed'],
    ];
    for (const [name, question, typed, wanted] of cases) {
        await choose(page, 'Course', name);
        const found = [];
        for (const text of typed) {
            await page.locator('.predict input').nth(question).fill(text);
            await page.locator('.predict button').click();
            await page.waitForSelector('.revealed tbody td b, .predict .problems');
            const isTaken = await page.locator('.revealed').count() > 0;
            found.push(isTaken ? await page.locator('.revealed tbody td b').textContent() : 'refused');
            if (isTaken) await page.locator('.revealed h2 button').click();
        }
        check(`${name}: ${typed.join(', ')}`, found.join(), wanted);
    }
}

/** Faults of one moment are seen apart. */
async function checkFaults(page) {
    for (const [name, names] of [['06-silence', 'partition m-r1,partition m-r2'], ['07-restart', 'restart saved,restart killed,restart aof'],
        ['09-one-history', 'crash m,promote r1,move-load r1,replicaof r2'], ['10-lost-writes', 'partition m-r1,promote r1,move-load r1,replicaof m']]) {
        await choose(page, 'Course', name);
        await page.locator('.predict button').click();
        await page.waitForSelector('.fault-name');
        check(`${name}: faults`, (await page.locator('figure').first().locator('.fault-name').allTextContents()).join(), names);
        check(`${name}: bars of them`, await page.locator('figure').first().locator('rect.mark.fault').evaluateAll((list) => new Set(list.map((each) => `${each.getAttribute('x')} ${each.getAttribute('y')}`)).size), names.split(',').length);
    }
}

async function checkGallery(page) {
    for (const { group, name, digest: wanted } of expected.gallery) {
        await choose(page, group, name);
        if (group === 'Course') await page.waitForSelector('.predict, header code');
        if (await page.locator('.predict').count()) check(`${name}: no answer before`, /^(expect|reveal):|backlog-passed|accepted-second-id|second-offset|limit-hard|timeout-/m.test(await area(page).inputValue()), false);
        if (group === 'Course') await page.locator('.predict button, header code').first().click();
        await waitForDigest(page, wanted, `${group}: ${name}`);
    }
}

/** A run that lasts is ended, and the next one goes on as if nothing had been. */
async function checkStop(page) {
    await choose(page, 'Stories', 'failover-tie');
    await area(page).fill(expected.endless);
    await page.locator('[role=status] button').click();
    await choose(page, 'Files', expected.first);
    await waitForDigest(page, expected.digest, 'a run after one that was stopped');
}

async function checkLink(page) {
    await choose(page, 'Stories', 'failover-tie');
    await area(page).press('End');
    await area(page).evaluate((element) => element.setSelectionRange(0, 0));
    await area(page).pressSequentially('# another\n');
    await page.locator('.bar button', { hasText: 'Link' }).click();
    await page.waitForFunction(() => location.hash.length > 10);
    const text = await area(page).inputValue();
    const hash = await page.evaluate(() => location.hash);
    const other = await open(lab, 'light', hash);
    check('a link holds the scenario', await other.page.locator('textarea').inputValue(), text);
    check('a link: errors and requests', other.troubles.join('; '), '');
    await other.close();
    const broken = await open(lab, 'light', '#nothing');
    check('a link to nothing opens the first', await digest(broken.page), expected.digest);
    await broken.close();
}

for (const scheme of ['light', 'dark']) {
    const { page, troubles, close } = await open(lab, scheme);
    await waitForDigest(page, expected.digest, `${scheme}: the digest of the program`);
    await checkNumbers(page);
    await checkSteps(page);
    await checkInfo(page);
    await checkZoom(page);
    await checkSliders(page);
    if (shots) {
        await page.keyboard.press('k');
        await move(page, 'config.repl-backlog-size', -20);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${shots}/${scheme}.png`, fullPage: true });
    }
    await checkAccess(page, scheme);
    if (scheme === 'light') await checkEditor(page);
    await checkCourse(page);
    if (scheme === 'light') {
        await checkWholeRun(page);
        await checkLateReply(page);
        await checkPredictions(page);
        await checkFaults(page);
        await checkGallery(page);
        await checkStop(page);
        await checkLink(page);
    }
    check(`${scheme}: errors and requests`, troubles.join('; '), '');
    await close();
}
await finish();
