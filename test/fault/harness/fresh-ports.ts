import { freePort } from '../../../scripts/services/ports.ts';

const MOST_ATTEMPTS = 4;

/** Starts something on that many free ports; on others, if somebody else takes one in the meantime. */
export async function onFreshPorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports: number[] = [];
    while (ports.length < count) ports.push(await freePort());
    try {
      return await start(ports);
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}
