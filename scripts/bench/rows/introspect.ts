import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { type Contender, interleave } from '../measure/interleave.ts';
import {
  type LoadSample,
  measureLoad,
  nameOf,
  ONE_CONNECTION,
  type Served,
  type Shape,
  TEN_CONNECTIONS,
} from '../measure/measure-load.ts';
import { type BaselineName, startBaselines } from '../servers/baselines.ts';
import { laneOf, standardPortOf } from '../system/own-servers.ts';

const BASELINES: readonly BaselineName[] = [
  'lane, constant',
  'grpc-js, constant',
  'node:http2, constant',
  'connect-node, constant',
  'oidc-provider, in memory',
  'nghttpd, static file',
];
const LANE = 'lane, Redis read';
const WITH_DEADLINES = 'lane, Redis read, deadlines';
const STANDARD_PORT = 'grpc-js, Redis read';

/** What THE figure is compared with, and the ratio to reach with ten connections. */
const COMPARED: readonly { readonly baseline: BaselineName; readonly goal?: string }[] = [
  { baseline: 'grpc-js, constant', goal: '≥ 4' },
  { baseline: 'nghttpd, static file', goal: '≥ 0.5' },
  { baseline: 'oidc-provider, in memory', goal: '≥ 8' },
  { baseline: 'node:http2, constant' },
  { baseline: 'lane, constant' },
];

/** Rates and CPU time of unary Introspect, ours and what others answer at all. */
export async function introspect(bench: Bench): Promise<Figure[]> {
  const { system } = bench;
  await using baselines = await startBaselines(bench, BASELINES);
  const served = new Map<string, Served>(BASELINES.map((name) => [name, baselines.get(name)]));
  const lane = laneOf(system);
  served.set(STANDARD_PORT, standardPortOf(system)).set(LANE, lane);
  // Fields that are the same in every request are the best case of a decoder; a deadline ends that.
  served.set(WITH_DEADLINES, { ...lane, target: { ...lane.target, hasDeadlines: true } });
  const shapes = [ONE_CONNECTION, TEN_CONNECTIONS];
  const contenders = shapes.flatMap((shape) =>
    [...served].map(([name, server]) => contender(bench, name, server, shape)),
  );
  const measured = await interleave(bench, contenders);
  const of = (name: string, shape: Shape) => measured.get(keyOf(name, shape)) as LoadSample;
  return shapes.flatMap((shape) => [
    ...[...served.keys()].map((name) => rate(keyOf(name, shape), of(name, shape))),
    ...COMPARED.map(({ baseline, goal }) => ({
      ...compared(shape, of(LANE, shape), baseline, of(baseline, shape)),
      ...(goal !== undefined && shape === TEN_CONNECTIONS && { goal }),
    })),
  ]);
}

const keyOf = (name: string, shape: Shape): string => `${name}, ${nameOf(shape)}`;

function contender(bench: Bench, name: string, served: Served, shape: Shape): Contender<LoadSample> {
  return {
    name: keyOf(name, shape),
    run: async () => {
      await bench.system.keepCached();
      return measureLoad(bench, served, shape);
    },
  };
}

const rate = (name: string, { perSecond: value, cpuMicros }: LoadSample): Figure => ({
  name,
  value,
  unit: 'requests/s',
  cpuMicros,
});

const compared = (shape: Shape, lane: LoadSample, baseline: string, other: LoadSample): Figure => ({
  ...rate(`${LANE}, ${nameOf(shape)} : ${baseline}`, lane),
  baseline: { name: baseline, value: other.perSecond, cpuMicros: other.cpuMicros },
});
