// How a number of the trace, or a tick of an axis, is written.

const SPACE = '\u202f';

/** 118429361 -> "118 429 361". */
export function digits(value: number | null | undefined): string {
    return value === null || value === undefined ? '–' : String(value).replace(/\B(?=(\d{3})+$)/g, SPACE);
}

/** The program's own words, of which no number breaks across lines: "62 914 246", "1.02 GB". */
export function unbroken(text: string): string {
    return text.replace(/(\d) (?=\d{3}(?!\d)|(?:ns|us|ms|s|min|h|d|B|KB|MB|GB|TB|%)(?!\w))/g, '$1\u00a0');
}

export const S = 1e9;

/** A moment as psyncsim prints it, 1:05.252, with as many digits as steps of `step` ns need. */
export function clock(t: number, step: number): string {
    const places = step >= S ? 0 : Math.min(9, Math.ceil(-Math.log10(step / S) - 1e-9));
    const unit = 10 ** (9 - places);
    const whole = Math.round(t / unit);
    const perSecond = S / unit;
    const seconds = Math.floor(whole / perSecond);
    const fraction = places > 0 ? '.' + String(whole % perSecond).padStart(places, '0') : '';
    const two = (n: number) => String(n).padStart(2, '0');
    const day = Math.floor(seconds / 86400);
    const hour = Math.floor(seconds / 3600) % 24;
    const minute = Math.floor(seconds / 60) % 60;
    const small = `${day || hour ? two(minute) : minute}:${two(seconds % 60)}${fraction}`;
    return (day ? `${day}d ` : '') + (day || hour ? `${hour}:` : '') + small;
}

export interface Unit {
    name: string;
    bytes: number;
}

/** The unit in which a length of so many bytes is a handy number (2^10, as psyncsim prints). */
export function unitFor(bytes: number): Unit {
    const names = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
    let power = 0;
    while (power < names.length - 1 && bytes >= 2 * 1024 ** (power + 1)) power++;
    return { name: names[power] ?? 'B', bytes: 1024 ** power };
}

export function titleOf(path: string): string {
    return path.replace(/^.*\//, '').replace(/\.(ya?ml|json)$/, '');
}
