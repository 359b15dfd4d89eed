// The window of time that both figures share.
import { scaleLinear } from 'd3-scale';
import type { ScaleLinear } from 'd3-scale';
import { S, clock } from './words';

export interface View {
    from: number; // ns
    to: number;
    cursor: number;
    width: number; // px of a figure
}

export const LEFT = 74;
export const RIGHT = 12;

export function timeScale(view: View): ScaleLinear<number, number> {
    return scaleLinear([view.from, view.to], [LEFT, view.width - RIGHT]);
}

/** Steps that people count time in. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 432000, 864000];

export function timeTicks(view: View): { t: number; label: string }[] {
    const wanted = (view.to - view.from) / Math.max(2, (view.width - LEFT) / 110);
    let step = (STEPS.find((each) => each * S >= wanted) ?? Math.ceil(wanted / (864000 * S)) * 864000) * S;
    if (wanted < S) {
        const power = 10 ** Math.floor(Math.log10(wanted));
        step = Math.max(1, Math.round(([1, 2, 5, 10].find((each) => each * power >= wanted) ?? 10) * power));
    }
    const ticks = [];
    for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) ticks.push({ t, label: clock(t, step) });
    return ticks;
}

export function within(view: View, limit: number, from: number, to: number): View {
    const span = Math.min(Math.max(to - from, 1000), limit);
    const begin = Math.min(Math.max(0, Math.round(from)), limit - span);
    return { ...view, from: begin, to: begin + span };
}
