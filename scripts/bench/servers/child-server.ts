import { join } from 'node:path';
import { WorkerProcess } from '../workers/worker-process.ts';

/** A server under measurement. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server of this folder in a process of its own. `job` is for its serveJobs(), which returns the port. */
export async function startChildServer(file: string, job: object = {}): Promise<RunningServer> {
  const child = new WorkerProcess<object, number>(join(import.meta.dirname, file));
  try {
    const port = await child.run(job);
    return { pid: child.pid, port, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
