import type { Bench } from '../bench.ts';
import { type Figure, percentile } from '../figures.ts';
import { atMost } from '../goals.ts';
import { onAllCores } from '../measure/all-cores.ts';
import { LargeApp } from '../system/large-app.ts';
import { ID_BASES } from '../system/tenancy.ts';

/** Declared scopes of each app. A narrowing removes one, and one must remain. */
const SCOPES = 8;
/** Installs of the app that is changed as a warm-up. */
const WARM_UP_INSTALLS = 10;

/** The cost of changes of an app by the number of its installs, compared with a disconnect. */
export async function sizeOfChange(bench: Bench): Promise<void> {
  const { installs, rounds } = bench.settings.sizeOfChange;
  await onAllCores(bench, async () => {
    await measureApp({ ...bench, report: () => {} }, WARM_UP_INSTALLS, 1, ID_BASES.sizeOfChange[0]);
    for (const [at, count] of installs.entries()) {
      await measureApp(bench, count, rounds, ID_BASES.sizeOfChange[at + 1] as number);
    }
  });
}

async function measureApp(bench: Bench, installs: number, rounds: number, idBase: number): Promise<void> {
  const { system, folder, progress, interrupted, report } = bench;
  const size = `an app with ${installs.toLocaleString('en')} installs`;
  progress(`  loading ${size} …`);
  const phases = 3;
  const app = await LargeApp.load(system, folder, { installs, scopes: SCOPES, disconnects: phases * rounds, idBase });

  const suspension = await inTurn(rounds, interrupted, {
    disconnect: () => app.disconnect(),
    suspend: () => app.suspend(),
    resume: () => app.resume(),
  });
  report(figure('suspend', size, suspension), figure('resume', size, suspension));

  const narrowing = await inTurn(Math.min(rounds, SCOPES - 1), interrupted, {
    disconnect: () => app.disconnect(),
    narrow: () => app.narrow(),
  });
  report(figure('narrow', size, narrowing));

  const before = await inTurn(rounds, interrupted, { disconnect: () => app.disconnect() });
  report(figure('delete', size, { ...before, delete: [await app.delete()] }));
}

type Samples<Name extends string> = Readonly<Record<Name, number[]>>;

/** Makes each change once in every round. Returns milliseconds. */
async function inTurn<Name extends string>(
  rounds: number,
  interrupted: AbortSignal,
  changes: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Samples<Name>> {
  const names = Object.keys(changes) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      interrupted.throwIfAborted();
      samples[name].push(await changes[name]());
    }
  }
  return samples;
}

function figure<Name extends string>(name: Name, size: string, samples: Samples<Name | 'disconnect'>): Figure {
  const all = samples[name];
  return {
    name: `${name} ${size}, ${all.length === 1 ? 'once' : `p50 of ${all.length}`}`,
    value: percentile(all, 0.5),
    unit: 'ms',
    baseline: { name: 'a disconnect, p50', value: percentile(samples.disconnect, 0.5) },
    goals: [atMost(2, 'ratio')],
  };
}
