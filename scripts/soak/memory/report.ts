import { growthOf } from '../is-flat.ts';
import type { ProcessUsage, Sample } from './sample.ts';

const MIB = 1_024 * 1_024;
/** Allowed growth: this share of a process's largest memory or these bytes, whichever is more. V8 and malloc keep free pages. */
const ALLOWED_GROWTH_SHARE = 0.05;
const ALLOWED_GROWTH_BYTES = 8 * MIB;
const ALLOWED_CONNECTION_GROWTH = 5;

/** The memory and the connections of one process over time. */
export interface Row {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly connections: readonly number[];
  readonly isFlat: boolean;
}

export function rowsOf(samples: readonly Sample[]): Row[] {
  return Object.keys(samples[0]?.processes ?? {}).map((name) => {
    const column = (field: keyof ProcessUsage) => samples.map(({ processes }) => processes[name]?.[field] ?? 0);
    const [bytes, connections] = [column('bytes'), column('connections')];
    const allowed = Math.max(ALLOWED_GROWTH_BYTES, Math.max(...bytes) * ALLOWED_GROWTH_SHARE);
    const isFlat = growthOf(bytes) < allowed && growthOf(connections) < ALLOWED_CONNECTION_GROWTH;
    return { name, bytes, connections, isFlat };
  });
}

/** A table for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const line = (...cells: string[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(18) : cell.padStart(12))).join('');
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  const signed = (value: number) => (value < 0 ? '' : '+') + value.toFixed(1);
  return [
    line('process', 'at start', 'maximum', 'at end', 'growth', 'connections', 'growth', ''),
    ...rows.map(({ name, bytes, connections, isFlat }) =>
      line(
        name,
        mib(bytes[0] ?? 0),
        mib(Math.max(...bytes)),
        mib(bytes.at(-1) ?? 0),
        `${signed(growthOf(bytes) / MIB)} MiB`,
        String(connections.at(-1)),
        signed(growthOf(connections)),
        isFlat ? 'flat' : 'GROWS',
      ),
    ),
    'Growth: the mean of the last 35 % of the samples minus that of the 35 % before them. Connections: open files',
    'and sockets (of Postgres and Redis: clients).',
  ].join('\n');
}

const [WIDTH, HEIGHT, LEFT, TOP] = [760, 320, 60, 30];
const COLORS = ['#0b6e4f', '#b3541e', '#3b5bdb', '#7b2d8b', '#555555', '#c92a2a'];

/** The memory of each process over time, as an SVG picture. */
export function pictureOf(samples: readonly Sample[], rows: readonly Row[]): string {
  const last = samples.at(-1)?.seconds ?? 1;
  const top = Math.max(...rows.flatMap(({ bytes }) => bytes)) * 1.1;
  const x = (seconds: number) => LEFT + (seconds / last) * (WIDTH - LEFT - 150);
  const y = (bytes: number) => TOP + (1 - bytes / top) * (HEIGHT - TOP - 40);
  const label = (at: [number, number], text: string, attributes = '') =>
    `<text x="${at[0].toFixed(0)}" y="${at[1].toFixed(0)}" ${attributes}>${text}</text>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(top * part);
    const line = `<line x1="${LEFT}" x2="${x(last)}" y1="${at}" y2="${at}" stroke="#ddd"/>`;
    return line + label([LEFT - 6, at + 4], String(Math.round((top * part) / MIB)), 'text-anchor="end"');
  });
  const lines = rows.map(({ name, bytes }, index) => {
    const color = COLORS[index % COLORS.length];
    const points = bytes.map((value, at) => `${x(samples[at]?.seconds ?? 0).toFixed(1)},${y(value).toFixed(1)}`);
    const legend = label([x(last) + 12, TOP + 14 + index * 20], name, `fill="${color}"`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${legend}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Memory of each process over time</title>
<rect width="100%" height="100%" fill="white"/>
${label([LEFT, 18], 'Memory in MiB')}
${grid.join('\n')}
${lines.join('\n')}
${label([x(last), HEIGHT - 18], `${Math.round(last / 60)} minutes`, 'text-anchor="end"')}
</svg>
`;
}
