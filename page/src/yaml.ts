// A scenario's text as the tree of sim/scenario/yaml_tree.h: the same kinds, texts and places as sim/scenario/yaml_parse.c
// makes of it, in the same order, and its words for what a scenario may not have.
import { Composer, Lexer, LineCounter, Parser, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { Kind } from './tree';
import type { Place, TreeNode } from './tree';

const NODES_MAX = 20000;
const DEPTH_MAX = 24;
const BRACKETS_MAX = 64; // the program's parser takes no more inside each other

class Refusal extends Error {
    constructor(readonly place: Place, what: string) {
        super(what);
    }
}

const NOWHERE: Place = { line: 0, column: 0 };
const EMPTY = 'empty; a scenario has at least nodes and a duration';

/** From offsets in UTF-16 units to lines and characters. */
class Places {
    constructor(private readonly text: string, private readonly lines: LineCounter) {}

    nextLine(offset: number): number {
        const end = this.text.indexOf('\n', offset);
        return end < 0 ? this.text.length : end + 1;
    }

    at(offset: number): Place {
        const { line } = this.lines.linePos(offset);
        const begin = this.lines.lineStarts[line - 1] ?? 0;
        let column = 1;
        for (let i = begin; i < offset; i++) if ((this.text.charCodeAt(i) & 0xfc00) !== 0xdc00) column++;
        return { line, column };
    }
}

class Copying {
    readonly nodes: TreeNode[] = [];
    private readonly origins: { from: Node | null; depth: number }[] = [];

    constructor(private readonly document: Document, private readonly places: Places) {}

    /** Breadth first, so that siblings are next to each other. */
    copy(): TreeNode[] {
        this.append(this.document.contents as Node | null, { place: { line: 1, column: 1 }, keyPlace: NOWHERE, key: null }, 0);
        for (let i = 0; i < this.nodes.length; i++) this.appendChildren(i);
        return this.nodes;
    }

    private appendChildren(index: number): void {
        const node = this.nodes[index];
        const origin = this.origins[index];
        if (!node || !origin || node.kind === Kind.Scalar) return;
        node.first = this.nodes.length;
        if (isSeq(origin.from)) {
            for (const item of origin.from.items)
                this.append(asNode(item), { place: node.place, keyPlace: NOWHERE, key: null }, origin.depth + 1);
        } else if (isMap(origin.from)) {
            for (const pair of origin.from.items) this.appendPair(pair as Pair<Node, Node | null>, node, origin.depth + 1);
        }
        node.count = this.nodes.length - node.first;
    }

    private appendPair(pair: Pair<Node, Node | null>, parent: TreeNode, depth: number): void {
        const place = this.placeOf(pair.key, parent.place);
        if (!isScalar(pair.key)) throw new Refusal(place, 'a key must be a plain word');
        const key = this.textOf(pair.key, place);
        if (key === '<<') throw new Refusal(place, 'merge keys (<<) are not offered; repeat the keys, or use an alias for the whole map');
        this.append(pair.value, { place, keyPlace: place, key }, depth);
    }

    private append(from: Node | null, like: Pick<TreeNode, 'place' | 'keyPlace' | 'key'>, depth: number): void {
        if (depth > DEPTH_MAX) throw new Refusal(like.place, 'nested too deeply; a scenario needs no more than a few levels');
        if (this.nodes.length >= NODES_MAX)
            throw new Refusal(like.place, 'more than 20000 values, aliases followed; a scenario is a small file');
        const node = this.follow(from, like.place);
        const kind = isMap(node) ? Kind.Map : isSeq(node) ? Kind.List : Kind.Scalar;
        const place = node ? this.placeOf(node, like.place) : like.place;
        const isQuoted = isScalar(node) && (node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE');
        const text = kind !== Kind.Scalar ? null : isScalar(node) ? this.textOf(node, place) : '';
        this.nodes.push({ ...like, kind, place, text, isQuoted, first: 0, count: 0 });
        this.origins.push({ from: node, depth });
    }

    private follow(node: Node | null, place: Place): Node | null {
        let at = node;
        for (let hops = 0; isAlias(at); hops++) {
            const named: Node | undefined = at.resolve(this.document);
            if (!named || hops >= DEPTH_MAX) throw new Refusal(place, 'this alias names no anchor of the text');
            at = named;
        }
        return at;
    }

    private textOf(node: Node, place: Place): string {
        const text = isScalar(node) ? node.source ?? '' : '';
        if (text.includes('\0')) throw new Refusal(place, 'a value that holds a NUL or is not valid UTF-8');
        return text;
    }

    /** Of a quoted text or an alias, what is behind the mark; of a block, its first line. */
    private beginOf(node: Node, offset: number): number {
        if (isAlias(node)) return offset + 1;
        const type = isScalar(node) ? node.type : undefined;
        if (type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE') return offset + 1;
        return type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED' ? this.places.nextLine(offset) : offset;
    }

    /** Where a node begins: a map or list where its first scalar does. */
    private placeOf(node: Node | null, otherwise: Place): Place {
        let at: Node | null = node;
        for (let depth = 0; at && depth < DEPTH_MAX; depth++) {
            if (isScalar(at) && at.source === '' && at.type === 'PLAIN') return otherwise;
            if (isScalar(at) || isAlias(at)) return at.range ? this.places.at(this.beginOf(at, at.range[0])) : otherwise;
            const child: unknown = isSeq(at) || isMap(at) ? at.items[0] : null;
            at = isPair(child) ? asNode(child.key) : asNode(child);
        }
        return otherwise;
    }
}

function asNode(value: unknown): Node | null {
    return isScalar(value) || isAlias(value) || isMap(value) || isSeq(value) ? value : null;
}

function problem(place: Place, text: string): TreeNode {
    return { kind: Kind.Problem, place, keyPlace: NOWHERE, key: null, text, isQuoted: false, first: 0, count: 0 };
}

/** Where the first bracket opens that is inside too many; -1: none does. */
function tooDeepAt(text: string): number {
    let offset = 0;
    let depth = 0;
    for (const lexeme of new Lexer().lex(text)) {
        if (/^[\x02\x18\x1f]$/.test(lexeme)) continue; // marks of the lexer, not in the text
        if (lexeme === '[' || lexeme === '{') depth++;
        if (lexeme === ']' || lexeme === '}') depth--;
        if (depth > BRACKETS_MAX) return offset;
        offset += lexeme.length;
    }
    return -1;
}

function linesOf(text: string): LineCounter {
    const lines = new LineCounter();
    lines.addNewLine(0);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
    return lines;
}

function parse(text: string, places: Places): TreeNode[] {
    const deep = tooDeepAt(text);
    if (deep >= 0) return [problem(places.at(deep), 'not YAML: more than 64 brackets inside each other')];
    const composer = new Composer({ version: '1.2', schema: 'failsafe' });
    const [document, second] = [...composer.compose(new Parser().parse(text))];
    for (const each of [document, second]) {
        const error = each?.errors[0];
        if (error) return [problem(places.at(error.pos[0]), `not YAML: ${error.message}`)];
    }
    if (!document?.contents) return [problem(NOWHERE, EMPTY)];
    if (!second?.contents) return new Copying(document as Document, places).copy();
    return [problem(places.at(second.contents.range[0]), 'a second document begins here; one file is one scenario')];
}

/** The nodes of the one document in `text`, or nothing but problems. */
export function parseTree(text: string): TreeNode[] {
    try {
        return parse(text, new Places(text, linesOf(text)));
    } catch (error) {
        if (error instanceof Refusal) return [problem(error.place, error.message)];
        if (error instanceof RangeError) return [problem(NOWHERE, 'not YAML: nested too deeply')]; // the stack is used up
        throw error;
    }
}

/** The records that sim/wasm/yaml_page.c reads. */
export function recordsOf(nodes: readonly TreeNode[]): Uint8Array {
    const encoder = new TextEncoder();
    const parts: Uint8Array[] = [];
    for (const node of nodes) {
        const key = node.key === null ? null : encoder.encode(node.key);
        const text = node.text === null ? null : encoder.encode(node.text);
        const numbers = [node.kind, node.place.line, node.place.column, node.keyPlace.line, node.keyPlace.column, Number(node.isQuoted),
            node.first, node.count, key ? key.length : -1, text ? text.length : -1];
        parts.push(encoder.encode(numbers.join(' ') + '\n'), key ?? new Uint8Array(), text ?? new Uint8Array());
    }
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0) + 1);
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}
