// A slider for each number of the scenario.
import type { Value } from './values';
import { STEPS, valueAt } from './values';

interface SlidersProps {
    values: readonly Value[];
    moves: Readonly<Record<string, number>>; // path: steps from what is written
    onMove: (path: string, step: number) => void;
}

export function Sliders({ values, moves, onMove }: SlidersProps) {
    if (values.length === 0) return null;
    return (
        <section class="sliders" aria-labelledby="numbers">
            <h2 id="numbers">Its numbers</h2>
            {values.map((value) => {
                const step = moves[value.path] ?? 0;
                const text = valueAt(value, step);
                return (
                    <label key={value.path}>
                        <span class="path">{value.path}</span>
                        <input type="range" min={-STEPS} max={STEPS} value={step} aria-valuetext={text}
                            onInput={(event) => onMove(value.path, Number(event.currentTarget.value))} />
                        <output>{text}</output>
                        <button type="button" class="plain" disabled={step === 0} aria-label={`${value.path} as written: ${value.text}`}
                            onClick={() => onMove(value.path, 0)}>↺</button>
                    </label>
                );
            })}
        </section>
    );
}
