// Why each resynchronisation was what it was: psyncsim's own words, and the ruler.
import { scaleLinear } from 'd3-scale';
import type { Story } from './data';
import { digits, unbroken } from './words';

const WIDTH = 640;

/** first | asked | last + 1 */
export function Ruler({ story }: { story: Story }) {
    const { first, asked, past } = story;
    if (first === undefined || asked === undefined || past === undefined) return null;
    const low = Math.min(first, asked);
    const high = Math.max(past, asked, low + 1);
    const x = scaleLinear([low, high], [70, WIDTH - 70]);
    const isHeld = asked >= first && asked <= past;
    const anchor = (at: number) => (at < 150 ? 'start' : at > WIDTH - 150 ? 'end' : 'middle');
    const isTight = x(past) - x(first) < 220;
    return (
        <svg class="ruler" viewBox={`0 0 ${WIDTH} 92`} role="img"
            aria-label={`First byte of the backlog ${first}, asked for ${asked}, one past the last ${past}: ${story.place ?? ''}`}>
            <rect class="held" x={x(first)} width={Math.max(2, x(past) - x(first))} y={34} height={16} />
            {isHeld ? null : <line class="missing" x1={x(asked)} x2={asked < first ? x(first) : x(past)} y1={42} y2={42} />}
            <g class="end">
                <line x1={x(first)} x2={x(first)} y1={28} y2={56} />
                <text x={x(first)} y={20} text-anchor={isTight ? 'end' : anchor(x(first))}>{`first ${digits(first)}`}</text>
                <line x1={x(past)} x2={x(past)} y1={28} y2={56} />
                <text x={x(past)} y={isTight ? 8 : 20} text-anchor={anchor(x(past))}>{`last + 1 ${digits(past)}`}</text>
            </g>
            <g class={isHeld ? 'asked held' : 'asked'}>
                <path d={`M${x(asked)},52l-6,11h12z`} />
                <text x={x(asked)} y={78} text-anchor={anchor(x(asked))}>{`asked ${digits(asked)}: ${story.place ?? ''}`}</text>
            </g>
        </svg>
    );
}

interface WhyProps {
    stories: Story[] | undefined; // undefined: a version without them wrote the trace
    chosen: number;
    onChoose: (index: number) => void;
    onZoom: (index: number) => void;
}

export function Why({ stories, chosen, onChoose, onZoom }: WhyProps) {
    if (!stories || stories.length === 0)
        return <section aria-labelledby="why"><h2 id="why">Why</h2><p>{stories ? 'No resynchronisation came to an end.' : 'This trace was written by a version without stories.'}</p></section>;
    return (
        <section aria-labelledby="why">
            <h2 id="why">Why</h2>
            <ol class="stories">
                {stories.map((story, i) => (
                    <li key={i} class={i === chosen ? 'chosen' : ''}>
                        <button type="button" aria-expanded={i === chosen} onClick={() => onChoose(i)}>
                            <span class="clock">{story.clock}</span> <span>{unbroken(story.sentence)}</span>
                        </button>
                        <div class="story" hidden={i !== chosen}>
                            <Ruler story={story} />
                            <dl>
                                {story.lines.map((line) => (
                                    <div key={line.label}><dt>{line.label}</dt><dd>{unbroken(line.text)}</dd></div>
                                ))}
                            </dl>
                            <button type="button" class="plain no-print" onClick={() => onZoom(i)}>Zoom to it</button>
                        </div>
                    </li>
                ))}
            </ol>
        </section>
    );
}
