/** The unary-h2 server with a constant response to each method: the cost of framing and HPACK. */
import { createServer } from 'node:net';
import { createUnaryServer } from '../../../services/common/unary-h2/unary-server.ts';
import { listenOnLoopback } from '../../dependencies/ports.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { CHECK_PATH, CHECK_RESPONSE_BYTES, INTROSPECT_PATH, RESPONSE_BYTES } from './constant-response.ts';

const unaryServer = createUnaryServer({
  methods: new Map([
    [INTROSPECT_PATH, { handle: (call) => call.respond(RESPONSE_BYTES) }],
    [CHECK_PATH, { handle: (call) => call.respond(CHECK_RESPONSE_BYTES) }],
  ]),
});
const port = await listenOnLoopback(createServer((socket) => unaryServer.accept(socket)));
serveJobs(async () => port);
