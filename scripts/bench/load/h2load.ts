import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureH2loadBinary } from '../../dependencies/nghttp2.ts';
import type { Shape } from '../measure/measure-load.ts';

/** GET requests per second, measured by h2load on the same cores as this process. */
export async function runH2load(url: string, { connections, streams }: Shape, seconds: number): Promise<number> {
  const h2load = await ensureH2loadBinary();
  const times = ['-D', `${Math.round(seconds * 1_000)}ms`, '--warm-up-time=500ms'];
  const { stdout } = await promisify(execFile)(h2load, ['-c', `${connections}`, '-m', `${streams}`, ...times, url]);
  const rate = Number(/([\d.]+) req\/s/.exec(stdout)?.[1]);
  if (!(rate > 0) || !/ 0 failed, 0 errored/.test(stdout)) throw new Error(`h2load failed:\n${stdout}`);
  return rate;
}
