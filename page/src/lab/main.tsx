import { render } from 'preact';
import { Lab } from './lab';
import type { Scenario } from './lab';
import { decodeLink, fromBase64, inflated } from './link';

function packed(id: string): Promise<Uint8Array<ArrayBuffer>> {
    return inflated(fromBase64(document.getElementById(id)?.textContent?.trim() ?? ''), 'gzip');
}

async function start(place: HTMLElement): Promise<void> {
    const [program, worker, gallery] = await Promise.all([packed('program'), packed('worker'), packed('gallery')]);
    const decoder = new TextDecoder();
    const given = JSON.parse(document.getElementById('files')?.textContent ?? '[]') as Scenario[];
    const scenarios = [...given, ...(JSON.parse(decoder.decode(gallery)) as Scenario[])];
    const first = (await decodeLink(location.hash)) ?? given[0] ?? scenarios.find((each) => each.name.includes('5744')) ?? scenarios[0];
    if (!first) return;
    const show = (linked: typeof first) => {
        render(null, place);
        place.textContent = '';
        render(<Lab scenarios={scenarios} first={linked} worker={decoder.decode(worker)} program={program.buffer} />, place);
    };
    show(first);
    addEventListener('hashchange', () => void decodeLink(location.hash).then((linked) => { if (linked) show(linked); }));
}

const place = document.getElementById('page');
if (place) void start(place);
