import { parseArgs } from 'node:util';
import { isFlat } from '../is-flat.ts';
import { soakServer } from './soak-server.ts';

const HELP = `npm run soak:unary-h2 -- [--requests 20000000] [--connections 20] [--streams 20]

Sends requests to the HTTP/2 server over connections that are opened and closed all the time (half of them are reset
during requests), and prints the size of the server's heap after each tenth of the requests. Exits with 1 if it grows.

  --requests N     in total
  --connections N  at a time
  --streams N      requests in flight on each connection
`;

const ALLOWED_GROWTH_BYTES = 2 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000000' },
    connections: { type: 'string', default: '20' },
    streams: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [requests, connections, streams] = [values.requests, values.connections, values.streams].map(Number);
if (![requests, connections, streams].every((count) => Number.isSafeInteger(count) && (count as number) > 0)) {
  process.stderr.write(HELP);
  process.exit(1);
}
const began = performance.now();
const samples = await soakServer({
  requests: requests as number,
  connections: connections as number,
  streams: streams as number,
  onSample({ requests: done, connections: opened, heapBytes, stats }) {
    const seconds = (performance.now() - began) / 1_000;
    const heap = `${(heapBytes / 2 ** 20).toFixed(1)} MiB used`;
    process.stdout.write(
      `${seconds.toFixed(0).padStart(5)} s  ${done} requests  ${opened} connections  ${heap}  ${JSON.stringify(stats)}\n`,
    );
  },
});
const flat = isFlat(
  samples.map(({ heapBytes }) => heapBytes),
  ALLOWED_GROWTH_BYTES,
);
process.stdout.write(flat ? 'The heap is flat.\n' : 'The heap grows.\n');
process.exitCode = flat ? 0 : 1;
