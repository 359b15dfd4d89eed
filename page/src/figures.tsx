// The two figures over one axis of time: lanes with messages, and bytes behind a master's head.
import { scaleLinear } from 'd3-scale';
import type { JSX } from 'preact';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { lastAt } from './data';
import type { Flow, Message, PageData, Positions, TraceEvent } from './data';
import { faultsOf, lanesOf, PHASES } from './lanes';
import type { Lane, Mark, Phase } from './lanes';
import { LEFT, RIGHT, timeScale, timeTicks } from './view';
import type { View } from './view';
import { clock, digits, unitFor } from './words';

const LANE = 64;
const BAR = 18;
const FAULTS = 30; // a row of them
const FAULT_ROWS = 6;
const FAULT_STEP = 22;
const AXIS = 24;

export interface FigureProps {
    data: PageData;
    view: View;
    onCursor: (t: number) => void;
    onZoom: (from: number, to: number) => void;
}

function TimeAxis({ view, y, top }: { view: View; y: number; top: number }) {
    const x = timeScale(view);
    return (
        <g class="axis">
            {timeTicks(view).map(({ t, label }) => (
                <g key={t}>
                    <line x1={x(t)} x2={x(t)} y1={top} y2={y} class="grid" />
                    <text x={x(t)} y={y + 16} text-anchor="middle">{label}</text>
                </g>
            ))}
        </g>
    );
}

function Cursor({ view, height }: { view: View; height: number }) {
    const x = timeScale(view)(view.cursor);
    return x < LEFT || x > view.width - RIGHT ? null : <line class="cursor" x1={x} x2={x} y1={0} y2={height} />;
}

/** An SVG that a click moves the cursor in, and a drag zooms. */
function Plot({ props, height, label, inside, children }: { props: FigureProps; height: number; label: string; inside: JSX.Element; children: JSX.Element[] }) {
    const { view, onCursor, onZoom } = props;
    const clip = useId();
    const begun = useRef<number | null>(null);
    const [drag, setDrag] = useState<[number, number] | null>(null);
    const x = timeScale(view);
    const place = (event: PointerEvent) => {
        const box = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
        return Math.min(Math.max(LEFT, ((event.clientX - box.left) * view.width) / box.width), view.width - RIGHT);
    };
    return (
        <svg viewBox={`0 0 ${view.width} ${height}`} role="img" aria-label={label}
            onPointerDown={(event) => { begun.current = place(event); }}
            onPointerMove={(event) => {
                if (begun.current !== null && Math.abs(place(event) - begun.current) > 5) setDrag([begun.current, place(event)]);
            }}
            onPointerLeave={() => { begun.current = null; setDrag(null); }}
            onPointerUp={(event) => {
                if (drag) onZoom(x.invert(Math.min(...drag)), x.invert(Math.max(...drag)));
                else if (begun.current !== null) onCursor(Math.round(x.invert(place(event))));
                begun.current = null;
                setDrag(null);
            }}>
            <defs>
                <clipPath id={clip}><rect x={LEFT} y={0} width={Math.max(1, view.width - LEFT - RIGHT)} height={height} /></clipPath>
            </defs>
            {children[0]}
            <g clip-path={`url(#${clip})`}>{inside}</g>
            {children.slice(1)}
            {drag ? <rect class="drag" x={Math.min(...drag)} width={Math.abs(drag[1] - drag[0])} y={0} height={height} /> : null}
            <Cursor view={view} height={height} />
        </svg>
    );
}

const CLOSE = 16; // px: messages of one direction that are closer share a label

/** The words beside each arrow: its own, or the number of those that stand together. */
function labelsOf(messages: Message[], view: View): Map<Message, string> {
    const x = timeScale(view);
    const groups = new Map<string, Message[][]>();
    for (const message of messages) {
        const { send } = message;
        if ((message.received_ns ?? send.leaves_ns) < view.from || send.leaves_ns > view.to) continue;
        const key = `${send.node} ${send.to}`;
        const list = groups.get(key) ?? [];
        const last = list[list.length - 1];
        const before = last?.[last.length - 1];
        if (last && before && x(send.leaves_ns) - x(before.send.leaves_ns) < CLOSE) last.push(message);
        else list.push([message]);
        groups.set(key, list);
    }
    const labels = new Map<Message, string>();
    for (const group of [...groups.values()].flat()) {
        const last = group[group.length - 1];
        const words = last ? (last.send.text ?? last.send.what) : '';
        if (last) labels.set(last, group.length > 1 ? `${group.length} messages` : words.length > 30 ? words.slice(0, 29) + '…' : words);
    }
    return labels;
}

function Arrow({ message, label, y, view }: { message: Message; label: string | undefined; y: [number, number]; view: View }) {
    const { send, received_ns } = message;
    const x = timeScale(view);
    const down = y[1] > y[0] ? 1 : -1;
    const isLost = received_ns === undefined;
    const [x1, y1] = [x(send.leaves_ns), y[0] + (down * BAR) / 2];
    const x2 = isLost ? x1 + 10 : x(received_ns);
    const y2 = isLost ? (y[0] + y[1]) / 2 : y[1] - (down * BAR) / 2;
    const gap = Math.max(...y) - LANE / 2; // above the lower lane: the middle may be behind another one
    const share = Math.min(1, Math.abs((gap - y1) / (y2 - y1)));
    const title = `${send.node} to ${send.to}: ${send.text ?? send.what}; leaves ${clock(send.leaves_ns, 1000)}, ${isLost ? 'never read' : `read ${clock(received_ns, 1000)}`}`;
    return (
        <g class={isLost ? 'message lost' : 'message'}>
            <title>{title}</title>
            <line x1={x1} y1={y1} x2={x2} y2={y2} />
            {isLost ? <path d={`M${x2 - 4},${y2 - 4}l8,8m0,-8l-8,8`} /> : <circle cx={x2} cy={y2} r={2.2} />}
            {label !== undefined ? <text x={x1 + (x2 - x1) * share + 6} y={gap + 4 + down * 9}>{label}</text> : null}
        </g>
    );
}

function Arrows({ messages, view, centre }: { messages: Message[]; view: View; centre: Map<string, number> }) {
    const labels = labelsOf(messages, view);
    const ends = new Map<string, number>(); // where the last label of a direction ends, px
    const x = timeScale(view);
    return (
        <g class="arrows">
            {messages.map((message) => {
                const { send } = message;
                const a = centre.get(send.node ?? '');
                const b = centre.get(send.to);
                if (a === undefined || b === undefined || (message.received_ns ?? send.leaves_ns) < view.from || send.leaves_ns > view.to)
                    return null;
                const words = labels.get(message);
                const key = `${send.node} ${send.to}`;
                const at = (x(send.leaves_ns) + x(message.received_ns ?? send.leaves_ns)) / 2;
                const isFree = words !== undefined && at > (ends.get(key) ?? -Infinity);
                if (isFree) ends.set(key, at + 6.2 * words.length + 6);
                return <Arrow key={send['message']} message={message} label={isFree ? words : undefined} y={[a, b]} view={view} />;
            })}
        </g>
    );
}

interface Transfer {
    from: number; // first byte at the master
    left: number; // last byte in its socket
    to: number; // last byte at the replica, or the end of the connection
    master: string;
    replica: string;
    bytes: number;
}

function transfersOf(data: PageData): Transfer[] {
    const open = new Map<string, TraceEvent>();
    const sent = new Map<string, number>();
    const transfers: Transfer[] = [];
    for (const { event } of data.events) {
        if (event.event === 'payload') {
            open.set(String(event['replica']), event);
            sent.delete(String(event['replica']));
        }
        if (event.event === 'payload_sent') sent.set(String(event['replica']), event.t);
        const replica = event.node ?? '';
        const begun = open.get(replica);
        if (!begun || (event.event !== 'received' && event.event !== 'drop')) continue;
        open.delete(replica);
        transfers.push({ from: begun.t, left: sent.get(replica) ?? event.t, to: event.t, master: begun.node ?? '', replica, bytes: Number(begun['payload_bytes']) });
    }
    return transfers;
}

function Payloads({ transfers, view, centre }: { transfers: Transfer[]; view: View; centre: Map<string, number> }) {
    const x = timeScale(view);
    return (
        <g>
            {visible(transfers, view).map((each) => {
                const a = centre.get(each.master);
                const b = centre.get(each.replica);
                if (a === undefined || b === undefined) return null;
                const down = b > a ? 1 : -1;
                const y1 = a + (down * BAR) / 2;
                const y2 = b - (down * BAR) / 2;
                return (
                    <path key={each.from} class="transfer" d={`M${x(each.from)},${y1}L${x(each.left)},${y1}L${x(each.to)},${y2}L${x(each.from)},${y2}Z`}>
                        <title>{`payload of ${each.master} to ${each.replica}: ${digits(each.bytes)} B`}</title>
                    </path>
                );
            })}
        </g>
    );
}

/** What can be seen apart: of what lies within half a pixel of the one before, nothing is drawn. */
function visible<Each extends { from: number; to: number }>(list: readonly Each[], view: View): Each[] {
    const x = timeScale(view);
    let drawn = -Infinity;
    return list.filter((each) => {
        if (each.to < view.from || each.from > view.to || x(each.to) - drawn < 0.5) return false;
        drawn = x(each.to);
        return true;
    });
}

function LaneRow({ lane, view, y }: { lane: Lane; view: View; y: number }) {
    const x = timeScale(view);
    return (
        <g>
            <text class="lane-name" x={LEFT - 10} y={y + 5} text-anchor="end">{lane.node}</text>
            {visible(lane.segments, view).map((each) => {
                const left = Math.max(x(each.from), LEFT);
                const right = Math.min(x(each.to), view.width - RIGHT);
                const width = Math.max(right - left, 1.5);
                const name = PHASES[each.phase].split(':')[0] ?? '';
                return (
                    <g key={`${each.from} ${each.phase}`}>
                        <rect class={`phase ${each.phase}`} x={left} width={width} y={y - BAR / 2} height={BAR} data-from={each.from} data-to={each.to}>
                            <title>{`${lane.node}: ${PHASES[each.phase]}, ${clock(each.from, 1e6)} to ${clock(each.to, 1e6)}`}</title>
                        </rect>
                        {width > 7 * name.length + 8 ? <text class="on-phase" x={left + 5} y={y + 4}>{name}</text> : null}
                    </g>
                );
            })}
            {visible(lane.marks, view).map((mark) => <MarkBar key={`${mark.from} ${mark.what}`} mark={mark} view={view} y={y + BAR / 2 + 1} height={5} />)}
        </g>
    );
}

function MarkBar({ mark, view, y, height }: { mark: Mark; view: View; y: number; height: number }) {
    const x = timeScale(view);
    if (mark.to < view.from || mark.from > view.to) return null;
    const left = Math.max(x(mark.from), LEFT);
    const width = Math.max(Math.min(x(mark.to), view.width - RIGHT) - left, 2);
    return (
        <g>
            <rect class={`mark ${mark.what}`} x={left} width={width} y={y} height={height}>
                <title>{`${mark.text}, ${clock(mark.from, 1e6)} to ${clock(mark.to, 1e6)}`}</title>
            </rect>
        </g>
    );
}

interface PlacedFault {
    mark: Mark;
    row: number;
    label: number | null; // px: its left end; null: the same fault before it has it
}

/** Each fault on the row of its like, or on the first where its bar and its name are free: those of one moment are under each other. */
function placedFaults(faults: readonly Mark[], view: View): PlacedFault[] {
    const x = timeScale(view);
    const rows: { bar: number; label: number; text: string }[] = [];
    const placed: PlacedFault[] = [];
    for (const mark of faults) {
        if (mark.to < view.from || mark.from > view.to) continue;
        const left = Math.max(x(mark.from), LEFT);
        const right = Math.max(left + 2, x(mark.to));
        const label = Math.min(left, view.width - RIGHT - 6.4 * mark.text.length);
        const hasName = rows.findIndex((row) => row.bar <= left && row.label <= label);
        const again = rows.findIndex((row) => row.text === mark.text && row.bar <= left + 0.5);
        const row = again >= 0 ? again : hasName >= 0 ? hasName : Math.min(rows.length, FAULT_ROWS - 1);
        const here = (rows[row] ??= { bar: -Infinity, label: -Infinity, text: '' });
        const isNamed = here.bar <= left && here.label <= label;
        if (right - here.bar < 0.5) continue; // nothing of it can be seen apart
        placed.push({ mark, row, label: isNamed ? label : null });
        here.bar = right;
        if (isNamed) Object.assign(here, { label: label + 6.4 * mark.text.length + 10, text: mark.text });
    }
    return placed;
}

function FaultRows({ faults, view }: { faults: PlacedFault[]; view: View }) {
    return (
        <g>
            <text class="lane-name" x={LEFT - 10} y={16} text-anchor="end">faults</text>
            {faults.map(({ mark, row, label }, i) => (
                <g key={i}>
                    <MarkBar mark={mark} view={view} y={17 + FAULT_STEP * row} height={6} />
                    {label === null ? null : <text class="fault-name" x={label} y={13 + FAULT_STEP * row}>{mark.text}</text>}
                </g>
            ))}
        </g>
    );
}

export function Lanes(props: FigureProps) {
    const { data, view } = props;
    const lanes = useMemo(() => lanesOf(data), [data]);
    const faults = useMemo(() => faultsOf(data, data.header.duration_ns), [data]);
    const transfers = useMemo(() => transfersOf(data), [data]);
    const placed = placedFaults(faults, view);
    const top = FAULTS + FAULT_STEP * Math.max(0, ...placed.map((each) => each.row));
    const centre = new Map(lanes.map((lane, i) => [lane.node, top + LANE * i + LANE / 2]));
    const bottom = top + LANE * lanes.length;
    const present = new Set(lanes.flatMap((lane) => lane.segments.map((segment) => segment.phase)));
    return (
        <figure>
            <figcaption>
                <b>Who did what, and what went between them.</b> Arrows are messages: their slant is the time on the way,
                a cross marks one that was never read. Heartbeats are left out.
            </figcaption>
            <Plot props={props} height={bottom + AXIS}
                inside={<><Payloads transfers={transfers} view={view} centre={centre} /><Arrows messages={data.messages} view={view} centre={centre} /></>}
                label={`Lanes of ${lanes.map((lane) => lane.node).join(', ')}; the table of events has the same in words`}>
                {[
                    <TimeAxis key="axis" view={view} y={bottom} top={top} />,
                    ...lanes.map((lane) => <LaneRow key={lane.node} lane={lane} view={view} y={centre.get(lane.node) ?? 0} />),
                    <FaultRows key="faults" faults={placed} view={view} />,
                ]}
            </Plot>
            <ul class="legend">
                {(Object.keys(PHASES) as Phase[]).filter((phase) => present.has(phase)).map((phase) => (
                    <li key={phase}><span class={`swatch ${phase}`} />{PHASES[phase]}</li>
                ))}
                <li><span class="swatch save-mark" />a save runs</li>
                <li><span class="swatch pause-mark" />stands still</li>
            </ul>
        </figure>
    );
}

/* ---- bytes behind the head ---- */

interface Point {
    t: number;
    y: number | null;
}

function pathOf(points: Point[], view: View, y: (bytes: number) => number): string {
    const x = timeScale(view);
    let path = '';
    let isOpen = false;
    for (const point of points) {
        if (point.y === null) {
            isOpen = false;
            continue;
        }
        path += `${isOpen ? 'L' : 'M'}${x(point.t).toFixed(1)},${y(point.y).toFixed(1)}`;
        isOpen = true;
    }
    return path;
}

function areaOf(points: Point[], view: View, y: (bytes: number) => number): string {
    const x = timeScale(view);
    let path = '';
    let run: Point[] = [];
    for (const point of [...points, { t: 0, y: null }]) {
        if (point.y !== null) {
            run.push(point);
            continue;
        }
        const first = run[0];
        const last = run[run.length - 1];
        if (first && last)
            path += `M${x(first.t).toFixed(1)},${y(0)}` + run.map((each) => `L${x(each.t).toFixed(1)},${y(each.y ?? 0).toFixed(1)}`).join('') + `L${x(last.t).toFixed(1)},${y(0)}Z`;
        run = [];
    }
    return path;
}

/** A look is missing where a process does not run: the line ends there. */
function withGaps(points: Point[], downs: number[]): Point[] {
    const result: Point[] = [];
    let next = 0;
    for (const point of points) {
        while (next < downs.length && (downs[next] ?? Infinity) < point.t) {
            result.push({ t: downs[next] ?? 0, y: null });
            next++;
        }
        result.push(point);
    }
    return result;
}

interface Chart {
    master: Positions;
    flows: Flow[];
    replicas: Positions[];
}

function chartsOf(data: PageData): Chart[] {
    const charts: Chart[] = [];
    for (const master of data.positions) {
        const flows = data.flows.filter((flow) => flow.node === master.node);
        const replicas = data.positions.filter((each) => flows.some((flow) => flow.replica === each.node) ||
            data.header.nodes?.some((node) => node.node === each.node && node.master === master.node));
        if (flows.length > 0) charts.push({ master, flows, replicas });
    }
    return charts;
}

const times = (data: PageData, node: string, name: string) =>
    data.events.filter(({ event }) => event.node === node && event.event === name).map(({ event }) => event.t);

const HEIGHT = 230;
const TOP = 14;

function Debt({ chart, props }: { chart: Chart; props: FigureProps }) {
    const { data, view } = props;
    const { master } = chart;
    const spec = data.header.nodes?.find((node) => node.node === master.node);
    const at = new Map(master.t.map((t, i) => [t, i]));
    const downs = times(data, master.node, 'down');
    const band = withGaps(master.t.map((t, i) => ({ t, y: master.backlog_bytes[i] ?? null })), downs);
    const lines = chart.replicas.map((replica) => ({
        node: replica.node,
        points: withGaps(replica.t.map((t, i) => {
            const mine = replica.behind_bytes[i] ?? null;
            const other = master.behind_bytes[at.get(t) ?? -1] ?? null;
            return { t, y: mine === null || other === null || mine < other ? null : mine - other };
        }), times(data, replica.node, 'down')),
    }));
    // The block that every connection has is no debt: a buffer that never was more is said in words.
    const idle = chart.flows.filter((flow) => flow.buffer_bytes.every((bytes) => bytes === flow.buffer_bytes[0]));
    const buffers = chart.flows.filter((flow) => !idle.includes(flow)).map((flow) => ({
        replica: flow.replica,
        points: withGaps(flow.t.map((t, i) => ({ t, y: flow.buffer_bytes[i] ?? null })),
            data.events.filter(({ event }) => event.event === 'drop' && event.node === master.node && event['peer'] === flow.replica).map(({ event }) => event.t)),
    }));
    const shown = [band, ...lines.map((line) => line.points), ...buffers.map((buffer) => buffer.points)].flat()
        .filter((point) => point.t >= view.from && point.t <= view.to);
    const deepest = Math.max(1, ...shown.map((point) => point.y ?? 0));
    const limits = [
        { name: 'hard limit', bytes: spec?.limit_hard_bytes },
        { name: 'soft limit', bytes: spec?.limit_soft_bytes },
        { name: 'repl-backlog-size', bytes: spec?.backlog_size_bytes },
    ].filter((each): each is { name: string; bytes: number } => each.bytes !== undefined);
    const bottom = Math.max(deepest, ...limits.map((each) => each.bytes).filter((bytes) => bytes <= 2 * deepest)) * 1.06;
    const unit = unitFor(bottom);
    const scale = scaleLinear([0, bottom / unit.bytes], [TOP, TOP + HEIGHT]);
    const y = (bytes: number) => scale(bytes / unit.bytes);
    const below = limits.filter((each) => each.bytes > bottom);
    const x = timeScale(view);
    return (
        <figure>
            <figcaption>
                <b>Bytes behind the head of {master.node}.</b> What a replica lacks is partial as long as its line stays in the
                band (the backlog); the shaded area is the output buffer that {master.node} keeps for it.
            </figcaption>
            <Plot props={props} height={TOP + HEIGHT + AXIS}
                inside={<>
                        <path class="band" d={areaOf(band, view, y)} />
                        {buffers.map((buffer, i) => <path key={buffer.replica} class={`buffer r${i % 6}`} d={areaOf(buffer.points, view, y)} />)}
                        <path class="band-end" d={pathOf(band, view, y)} />
                        {lines.map((line, i) => <path key={line.node} class={`debt r${i % 6}`} d={pathOf(line.points, view, y)} data-node={line.node} data-bottom={bottom} />)}
                        <line class="head" x1={x(view.from)} x2={x(view.to)} y1={y(0)} y2={y(0)} />
                </>}
                label={`Backlog of ${master.node}, what ${chart.replicas.map((each) => each.node).join(', ')} lacks and its output buffer, over time; the table of looks has the same in numbers`}>
                {[
                    <g key="y" class="axis">
                        <TimeAxis view={view} y={TOP + HEIGHT} top={TOP} />
                        {scale.ticks(5).map((tick) => (
                            <g key={tick}>
                                <line class="grid" x1={LEFT} x2={view.width - RIGHT} y1={scale(tick)} y2={scale(tick)} />
                                <text x={LEFT - 8} y={scale(tick) + 4} text-anchor="end">{`${tick} ${unit.name}`}</text>
                            </g>
                        ))}
                    </g>,
                    <g key="limits">
                        {limits.filter((each) => each.bytes <= bottom).map((each) => (
                            <g key={each.name} class="limit">
                                <line x1={LEFT} x2={view.width - RIGHT} y1={y(each.bytes)} y2={y(each.bytes)} />
                                <text x={view.width - RIGHT - 4} y={y(each.bytes) + (y(each.bytes) < TOP + 18 ? 14 : -4)} text-anchor="end">{each.name}</text>
                            </g>
                        ))}
                    </g>,
                ]}
            </Plot>
            <ul class="legend">
                <li><span class="swatch band" />backlog of {master.node}</li>
                {lines.map((line, i) => <li key={line.node}><span class={`swatch line r${i % 6}`} />{line.node} lacks</li>)}
                {buffers.map((buffer, i) => <li key={buffer.replica}><span class={`swatch buffer r${i % 6}`} />output buffer for {buffer.replica}</li>)}
                {idle.map((flow) => <li key={flow.replica}>output buffer for {flow.replica}: {digits(flow.buffer_bytes[0])} B throughout</li>)}
                {below.length > 0 ? <li>further down: {below.map((each) => `${each.name} ${digits(each.bytes)} B`).join(', ')}</li> : null}
            </ul>
        </figure>
    );
}

export function Debts(props: FigureProps) {
    const charts = chartsOf(props.data);
    if (props.data.positions.length === 0)
        return <p class="note">This trace has no looks at positions, so there is no chart of bytes: <code>psyncsim run --positions 100ms --trace FILE</code> writes them, and so do <code>report SCENARIO</code> and <code>run --html</code>.</p>;
    return <>{charts.map((chart) => <Debt key={chart.master.node} chart={chart} props={props} />)}</>;
}

/** The numbers of the last look at or before the cursor. */
export function Looks({ data, view }: { data: PageData; view: View }) {
    if (data.positions.length === 0) return null;
    const rows = data.positions.map((series) => ({ series, i: lastAt(series.t, view.cursor) })).filter((row) => row.i >= 0);
    const latest = Math.max(0, ...rows.map((row) => row.series.t[row.i] ?? 0));
    return (
        <table class="looks">
            <caption>The last look up to the cursor, after its event, at {clock(latest, 1e6)}: bytes</caption>
            <thead><tr><th scope="col">node</th><th scope="col">offset</th><th scope="col">lacks</th><th scope="col">first in backlog</th><th scope="col">bytes in backlog</th><th scope="col">output buffers</th></tr></thead>
            <tbody>
                {rows.map(({ series, i }) => (
                    <tr key={series.node}>
                        <th scope="row">{series.node}</th>
                        <td>{digits(series.offset[i])}</td>
                        <td>{digits(series.behind_bytes[i])}</td>
                        <td>{digits(series.backlog_first[i])}</td>
                        <td>{digits(series.backlog_bytes[i])}</td>
                        <td>{data.flows.filter((flow) => flow.node === series.node).map((flow) => {
                            const j = lastAt(flow.t, view.cursor);
                            return j >= 0 && flow.t[j] === series.t[i] ? `${flow.replica}: ${digits(flow.buffer_bytes[j])}` : '';
                        }).filter(Boolean).join(', ') || '–'}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}
