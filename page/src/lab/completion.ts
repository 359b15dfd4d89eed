// What may stand at the caret: keys of the section it is in, or values of the key before it.
import type { Key, Words } from '../simulator';

export interface Option {
    insert: string;
    label: string;
    what: string;
}

export interface Completion {
    from: number; // where the word at the caret begins
    options: Option[];
}

const MAPS = new Set(['nodes', 'hosts', 'links']); // of names that the user gives
const SHOWN = 12;

interface Place {
    path: string[];
    key: string | null; // whose value it is
}

/** Keys around the caret, by indentation outside of brackets and by brackets inside. */
function placeOf(before: string): Place {
    const blocks: { indent: number; key: string }[] = [];
    const brackets: { key: string | null; path: string[] }[] = [];
    let key: string | null = null;
    const pathNow = () => [...blocks.map((each) => each.key), ...brackets.flatMap((each) => each.path)];
    const lines = before.split('\n');
    for (const [i, line] of lines.entries()) {
        let at = 0;
        if (brackets.length === 0) {
            const [, lead = '', name] = /^(\s*(?:- +)*)(?:([\w.-]+):(?=\s|$))?/.exec(line) ?? [];
            if (i === lines.length - 1 || (line.trim() !== '' && !line.trim().startsWith('#')))
                while (blocks.length > 0 && (blocks[blocks.length - 1]?.indent ?? 0) >= lead.length) blocks.pop();
            key = null;
            at = lead.length;
            if (name !== undefined) {
                blocks.push({ indent: lead.length, key: name });
                at += name.length + 1;
            }
        }
        for (const [token] of line.slice(at).matchAll(/#.*$|"[^"]*"?|'[^']*'?|[{}[\],]|[\w.-]+:(?=\s|$)|[^\s{}[\],#"']+|\s+/g)) {
            if (token === '{' || token === '[') {
                brackets.push({ key, path: key === null ? [] : [key] });
                key = null;
            } else if (token === '}' || token === ']') key = brackets.pop()?.key ?? null;
            else if (token === ',') key = null;
            else if (brackets.length > 0 && /^[\w.-]+:$/.test(token)) key = token.slice(0, -1);
        }
    }
    if (brackets.length === 0) {
        const last = blocks[blocks.length - 1];
        const line = before.slice(before.lastIndexOf('\n') + 1);
        if (last && new RegExp(`^\\s*(- +)*${last.key.replaceAll('.', '\\.')}:\\s`).test(line)) return { path: pathNow().slice(0, -1), key: last.key };
    }
    return { path: pathNow(), key };
}

function keysAt(words: Words, path: readonly string[]): Key[] {
    let section = words.sections[0] ?? [];
    for (let i = 0; i < path.length; i++) {
        const name = path[i] ?? '';
        if (name === 'config') return words.directives.map((key) => ({ key, what: 'a directive of redis.conf' }));
        if (name === 'expect') return words.expectations;
        const inside = section.find((each) => each.key === name)?.inside;
        if (inside === undefined) return [];
        section = words.sections[inside] ?? [];
        if (name === 'faults') section = [...words.faults, ...section];
        if (MAPS.has(name) && ++i >= path.length) return name === 'nodes' ? [] : [{ key: 'default', what: 'the base of all others' }];
    }
    return section;
}

/** null: nothing is known to stand there. */
export function completionAt(words: Words, text: string, caret: number): Completion | null {
    const before = text.slice(0, caret);
    const word = /[\w.-]*$/.exec(before)?.[0] ?? '';
    const { path, key } = placeOf(before.slice(0, before.length - word.length));
    const keys = keysAt(words, path);
    const options = key === null
        ? keys.map((each) => ({ insert: `${each.key}: `, label: each.key, what: each.what + (each.example ? `; such as ${each.example}` : '') }))
        : (keys.find((each) => each.key === key)?.values ?? []).map((value) => ({ insert: value, label: value, what: '' }));
    const fitting = options.filter((each) => each.label.startsWith(word) && each.label !== word).slice(0, SHOWN);
    return fitting.length > 0 ? { from: caret - word.length, options: fitting } : null;
}
