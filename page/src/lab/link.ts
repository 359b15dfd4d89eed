// What the address of the page holds behind its #: a scenario, so that a link to the page is a link to the scenario.
export interface Linked {
    name: string;
    text: string;
    cursor?: number;
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}

export function inflated(bytes: Uint8Array<ArrayBuffer>, format: CompressionFormat): Promise<Uint8Array<ArrayBuffer>> {
    return through(new DecompressionStream(format), bytes);
}

export async function encodeLink(linked: Linked): Promise<string> {
    const bytes = await through(new CompressionStream('deflate-raw'), new TextEncoder().encode(JSON.stringify(linked)));
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return '#' + btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** null: no scenario stands there. */
export async function decodeLink(hash: string): Promise<Linked | null> {
    if (hash.length < 2) return null;
    try {
        const bytes = await inflated(fromBase64(hash.slice(1).replaceAll('-', '+').replaceAll('_', '/')), 'deflate-raw');
        const linked: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (typeof linked !== 'object' || linked === null || !('name' in linked) || !('text' in linked)) return null;
        const { name, text } = linked;
        if (typeof name !== 'string' || typeof text !== 'string') return null;
        return 'cursor' in linked && typeof linked.cursor === 'number' ? { name, text, cursor: linked.cursor } : { name, text };
    } catch {
        return null;
    }
}
