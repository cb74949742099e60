/** The HTTP/2 server under soak. Its responses have the usual length of an IntrospectResponse. */
import { createServer } from 'node:net';
import { createUnaryServer } from '../../../services/common/unary-h2/unary-server.ts';
import { listenOnLoopback } from '../../dependencies/ports.ts';
import { METHOD, type Report } from './sample.ts';

const RESPONSE = Buffer.alloc(160, 1);

async function serve(): Promise<void> {
  const handle = (call: { respond(message: Buffer): void }) => {
    // In a later turn, like after a read from Redis, so that calls are in flight when a connection is reset.
    setImmediate(() => call.respond(RESPONSE));
  };
  const unaryServer = createUnaryServer({ methods: new Map([[METHOD, { handle }]]) });
  const port = await listenOnLoopback(createServer((socket) => unaryServer.accept(socket)));
  process.on('message', () => {
    global.gc?.();
    global.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const { connections, openStreams, abandonedCalls, bufferedBytes, connectionErrors } = unaryServer.stats;
    const stats = { connections, openStreams, abandonedCalls, bufferedBytes, connectionErrors };
    process.send?.({ heapBytes: heapUsed + external, stats } satisfies Report);
  });
  process.on('disconnect', () => process.exit());
  process.send?.(port);
}

await serve();
