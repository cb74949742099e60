import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { guard } from '../../dependencies/guard.ts';
import { LoadConnection } from './load-connection.ts';
import type { Report, Sample } from './sample.ts';

/** The wait before a report, in which the server cleans up closed connections. */
const SETTLE_MS = 500;
const TENTHS = 10;
/** Requests of a connection before it is closed or reset: a random number, fewer near the end of a tenth. */
const MIN_REQUESTS = 20;
const EXTRA_REQUESTS = 2_000;

export interface SoakOptions {
  /** In total. */
  readonly requests: number;
  /** At a time. */
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly streams: number;
  readonly onSample: (sample: Sample) => void;
}

/** Runs the server in another process under load over short connections; returns a sample after each tenth of the requests. */
export async function soakServer({ requests, connections, streams, onSample }: SoakOptions): Promise<Sample[]> {
  const server = fork(fileURLToPath(new URL('./server-process.ts', import.meta.url)), { execArgv: ['--expose-gc'] });
  guard(server, { stopSignal: 'SIGTERM' });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const samples: Sample[] = [];
    let [responses, opened] = [0, 0];
    for (let tenth = 1; tenth <= TENTHS; tenth++) {
      const until = Math.floor((requests * tenth) / TENTHS);
      const worker = async () => {
        while (responses < until) {
          opened++;
          const count = MIN_REQUESTS + Math.floor(Math.random() * EXTRA_REQUESTS);
          const share = Math.ceil((until - responses) / connections);
          const load = new LoadConnection(port, {
            requests: Math.min(count, share),
            streams,
            resets: opened % 2 === 0,
          });
          const more = await load.run(); // `+= await` would add to the value from before the wait
          responses += more;
        }
      };
      await Promise.all(Array.from({ length: connections }, worker));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const { heapBytes, stats } = await report(server);
      const sample = { requests: responses, connections: opened, heapBytes, stats };
      samples.push(sample);
      onSample(sample);
    }
    return samples;
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

async function report(server: ChildProcess): Promise<Report> {
  const reply = once(server, 'message');
  server.send('report');
  return (await reply)[0] as Report;
}
