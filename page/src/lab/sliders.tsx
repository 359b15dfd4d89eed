// A slider for each number of the scenario.
import type { Value } from './values';
import { STEPS, stepOf, valueAt } from './values';

interface SlidersProps {
    values: readonly Value[];
    moves: Readonly<Record<string, string>>; // path: what stands there in place of the value
    onMove: (path: string, text: string | null) => void;
}

export function Sliders({ values, moves, onMove }: SlidersProps) {
    if (values.length === 0) return null;
    return (
        <section class="sliders" aria-labelledby="numbers">
            <h2 id="numbers">Its numbers</h2>
            {values.map((value) => {
                const text = moves[value.path] ?? value.text;
                return (
                    <label key={value.path}>
                        <span class="path">{value.path}</span>
                        <input type="range" min={-STEPS} max={STEPS} value={stepOf(value, parseFloat(text))} aria-valuetext={text}
                            onInput={(event) => {
                                const step = Number(event.currentTarget.value);
                                onMove(value.path, step === 0 ? null : valueAt(value, step));
                            }} />
                        <output>{text}</output>
                        <button type="button" class="plain" disabled={moves[value.path] === undefined} aria-label={`${value.path} as written: ${value.text}`}
                            onClick={() => onMove(value.path, null)}>↺</button>
                    </label>
                );
            })}
        </section>
    );
}
