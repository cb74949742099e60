/** The lane with a handler that answers the same bytes to everything: what framing and HPACK cost. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createLane } from '../../../services/introspection/lane/lane.ts';
import { announce } from './announce.ts';
import { CONSTANT_ANSWER, INTROSPECT_PATH } from './constant-answer.ts';

const lane = createLane({
  methods: new Map([[INTROSPECT_PATH, { handle: (call) => call.respond(CONSTANT_ANSWER) }]]),
});
const server = createServer((socket) => lane.accept(socket)).listen(0, '127.0.0.1');
await once(server, 'listening');
announce((server.address() as AddressInfo).port);
