import type { Bench } from '../bench.ts';

/** Runs `work` with every process of the bench on all cores, for measurements of the whole system. */
export async function onAllCores<T>({ cores, system }: Bench, work: () => Promise<T>): Promise<T> {
  await cores.toAllCores([process.pid]);
  try {
    return await work();
  } finally {
    await cores.toOtherCores([process.pid]);
    await cores.toServerCore([system.introspectionPid]);
  }
}
