// The numbers of a scenario that a slider can move: where they stand in the text, and what a step makes of them.
import { Kind } from '../tree';
import type { TreeNode } from '../tree';

export interface Value {
    path: string; // faults[0].for
    line: number;
    column: number;
    text: string; // as it stands there
    number: number;
    unit: string; // "mb", "s", "" …
}

/** A number and its unit, or a number alone where the directive has none. */
const NUMBER = /^(\d+(?:\.\d+)?) ?([a-z%]+(?:\/[a-z]+)?|\/s)?$/i;
const LEFT_OUT = /^(why|reveal|expect|server|seed|known-faults|duration|waits)\b|(^|\.)(count|at|database|series|hz)$/;
const PLAIN = /(^|\.)config\.|keys$|repeat$/;

/** The path of each node: the children of a node stand next to each other. */
function pathsOf(nodes: readonly TreeNode[]): string[] {
    const paths: string[] = nodes.map(() => '');
    nodes.forEach((node, i) => {
        for (let child = node.first; node.kind !== Kind.Scalar && child < node.first + node.count; child++) {
            const base = paths[i] ?? '';
            const key = nodes[child]?.key;
            paths[child] = node.kind === Kind.List ? `${base}[${child - node.first}]` : base ? `${base}.${key ?? ''}` : key ?? '';
        }
    });
    return paths;
}

export function valuesOf(nodes: readonly TreeNode[]): Value[] {
    const values: Value[] = [];
    const seen = new Set<string>();
    const paths = pathsOf(nodes);
    nodes.forEach((node, i) => {
        const path = paths[i] ?? '';
        const match = node.kind === Kind.Scalar && !node.isQuoted ? NUMBER.exec(node.text ?? '') : null;
        const place = `${node.place.line}:${node.place.column}`; // an alias is not a second value
        if (!match || LEFT_OUT.test(path) || seen.has(place)) return;
        const [text, digits = '', unit = ''] = match;
        if (Number(digits) === 0 || (unit === '' && !PLAIN.test(path))) return;
        seen.add(place);
        values.push({ path, line: node.place.line, column: node.place.column, text, number: Number(digits), unit });
    });
    return values;
}

export const STEPS = 40; // to either side of what is written
const DOUBLINGS = 4;

/** Quantities are whole numbers of bytes or nanoseconds: what is no whole number of a unit is one of the next smaller. */
const SMALLER: Record<string, [string, number]> = {
    tb: ['gb', 1024], gb: ['mb', 1024], mb: ['kb', 1024], kb: ['b', 1024],
    t: ['g', 1000], g: ['m', 1000], m: ['k', 1000],
    'gb/s': ['mb/s', 1024], 'mb/s': ['kb/s', 1024], 'kb/s': ['b/s', 1024],
    'gbit/s': ['mbit/s', 1000], 'mbit/s': ['kbit/s', 1000], 'kbit/s': ['bit/s', 1000],
    d: ['h', 24], h: ['min', 60], min: ['s', 60], s: ['ms', 1000], ms: ['us', 1000], us: ['ns', 1000],
};

const twoDigits = (value: number) => {
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
    return Math.max(1, Math.round(value / unit) * unit);
};
const isNearlyWhole = (value: number) => Math.abs(value - Math.round(value)) < 1e-9 * value;

/** At the middle what is written; at the ends a sixteenth and sixteen times of it. */
export function valueAt(base: Value, step: number): string {
    if (step === 0) return base.text;
    let value = base.number * 2 ** ((step * DOUBLINGS) / STEPS);
    let unit = base.unit.toLowerCase();
    if (unit === '%') return `${Number(value.toPrecision(2))}%`;
    for (let smaller = SMALLER[unit]; smaller && value < 10 && !isNearlyWhole(value); smaller = SMALLER[unit]) {
        unit = smaller[0];
        value *= smaller[1];
    }
    return `${isNearlyWhole(value) ? Math.round(value) : twoDigits(value)}${unit}`;
}

/** The index of a line and a character column in UTF-16 units. */
export function offsetOf(text: string, line: number, column: number): number {
    let offset = 0;
    for (let i = 1; i < line; i++) {
        const end = text.indexOf('\n', offset);
        if (end < 0) return text.length;
        offset = end + 1;
    }
    for (let i = 1; i < column && offset < text.length && text[offset] !== '\n'; i++) offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
    return offset;
}

/** The text with another number at that place. */
export function replaced(text: string, value: Value, by: string): string {
    const at = offsetOf(text, value.line, value.column);
    return text.slice(0, at) + by + text.slice(at + value.text.length);
}
