/** The unary-h2 server with a constant response: the cost of framing and HPACK. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createUnaryServer } from '../../../services/common/unary-h2/unary-server.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { INTROSPECT_PATH, RESPONSE_BYTES } from './constant-response.ts';

const unaryServer = createUnaryServer({
  methods: new Map([[INTROSPECT_PATH, { handle: (call) => call.respond(RESPONSE_BYTES) }]]),
});
const server = createServer((socket) => unaryServer.accept(socket)).listen(0, '127.0.0.1');
await once(server, 'listening');
serveJobs(async () => (server.address() as AddressInfo).port);
