// What a reader predicts, as the program takes it: 1.1gb, "62 000 000" and 23.9s become ranges of whole bytes, counts and ns.

const NEAR = 0.05; // of the answer: a number alone holds so far around it

const SIZES: Record<string, number> = { '': 1, b: 1, k: 1e3, m: 1e6, g: 1e9, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };
const TIMES: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9, d: 86400e9 };

/** By the answer as the program prints it: "1.02 GB (1092804953)", "120 s (120.491586128s)", "62914273". */
function unitsOf(found: string): [units: Record<string, number>, suffix: string] {
    return / (ns|us|ms|s|min|h|d)\b/.test(found) ? [TIMES, 'ns'] : [SIZES, ''];
}

/** What is no number, or has a unit of something else, stays as it was typed: the program says what is wrong with it. */
export function predictionOf(typed: string, found: string): string {
    const text = typed.trim().replace(/(\d)[\s_]+(?=\d{3}(?!\d))/g, '$1').toLowerCase();
    const match = /^([<>]=? *)?(\d+(?:\.\d+)?) *([a-z]*)(?: *\.\. *(\d+(?:\.\d+)?) *([a-z]*))?$/.exec(text);
    if (!match || found.includes('%')) return typed.trim();
    const [, sign = '', digits = '', unit = '', upper, upperUnit = ''] = match;
    const [units, suffix] = unitsOf(found);
    const factor = units[unit];
    const upperFactor = units[upperUnit];
    if (factor === undefined || (upper !== undefined && (sign || upperFactor === undefined))) return typed.trim();
    const number = Number(digits) * factor;
    if (sign) return `${sign}${Math.round(number)}${suffix}`;
    if (upper !== undefined) return `${Math.round(number)}${suffix}..${Math.round(Number(upper) * (upperFactor ?? 1))}${suffix}`;
    return `${Math.ceil(number / (1 + NEAR))}${suffix}..${Math.floor(number / (1 - NEAR))}${suffix}`;
}
