import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { atLeast, type Goal } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import {
  type LoadSample,
  measureHits,
  nameOf,
  ONE_CONNECTION,
  type Shape,
  TEN_CONNECTIONS,
} from '../measure/measure-load.ts';
import type { MeasuredServer } from '../measure/measured-server.ts';
import { type BaselineName, startBaselines } from '../servers/baselines.ts';
import { fastPortServer, standardPortServer } from '../system/introspection-servers.ts';

const BASELINES: readonly BaselineName[] = [
  'fast port, constant',
  'grpc-js, constant',
  'node:http2, constant',
  'connect-node, constant',
  'oidc-provider, in memory',
  'nghttpd, static file',
];
const FAST_PORT = 'fast port, Redis read';
const WITH_DEADLINES = 'fast port, Redis read, deadlines';
const STANDARD_PORT = 'grpc-js, Redis read';

/** What the figure of the fast port is compared with, and the ratios to reach with one connection and with ten. */
const COMPARED: readonly { readonly baseline: BaselineName; readonly one?: Goal; readonly ten?: Goal }[] = [
  { baseline: 'grpc-js, constant', ten: atLeast(5, 'ratio') },
  { baseline: 'nghttpd, static file', one: atLeast(0.6, 'ratio'), ten: atLeast(0.65, 'ratio') },
  { baseline: 'oidc-provider, in memory', ten: atLeast(8, 'ratio') },
  { baseline: 'node:http2, constant' },
  { baseline: 'fast port, constant' },
];

/** Rates and CPU time of unary Introspect, compared with other servers. */
export async function introspect(bench: Bench): Promise<void> {
  const { system } = bench;
  await using baselines = await startBaselines(bench, BASELINES);
  const servers = new Map<string, MeasuredServer>(BASELINES.map((name) => [name, baselines.get(name)]));
  const fastPort = fastPortServer(system);
  servers.set(STANDARD_PORT, standardPortServer(system)).set(FAST_PORT, fastPort);
  // Equal header fields in every request are the best case for an HPACK decoder; a deadline varies.
  servers.set(WITH_DEADLINES, { ...fastPort, target: { ...fastPort.target, hasDeadlines: true } });
  const shapes = [ONE_CONNECTION, TEN_CONNECTIONS];
  const contenders = shapes.flatMap((shape) =>
    [...servers].map(([name, server]) => [keyOf(name, shape), () => measureHits(bench, server, shape)] as const),
  );
  const measured = await interleave(bench, Object.fromEntries(contenders));
  const of = (name: string, shape: Shape) => measured[keyOf(name, shape)] as LoadSample;
  for (const shape of shapes) {
    bench.report(...[...servers.keys()].map((name) => rate(keyOf(name, shape), of(name, shape))));
    for (const { baseline, one, ten } of COMPARED) {
      const goal = shape === ONE_CONNECTION ? one : ten;
      bench.report({
        ...compared(shape, of(FAST_PORT, shape), baseline, of(baseline, shape)),
        ...(goal !== undefined && { goals: [goal] }),
      });
    }
  }
}

const keyOf = (name: string, shape: Shape): string => `${name}, ${nameOf(shape)}`;

const rate = (name: string, { perSecond: value, cpuMicros }: LoadSample): Figure => ({
  name,
  value,
  unit: 'requests/s',
  cpuMicros,
});

const compared = (shape: Shape, fastPort: LoadSample, baseline: string, other: LoadSample): Figure => ({
  ...rate(`${FAST_PORT}, ${nameOf(shape)} : ${baseline}`, fastPort),
  baseline: { name: baseline, value: other.perSecond, cpuMicros: other.cpuMicros },
});
