/** Connect's adapter for Node with a constant response, set up as in its documentation. */
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { RESPONSE } from './constant-response.ts';

const adapter = connectNodeAdapter({
  routes: (router) => router.service(IntrospectionService, { introspect: () => RESPONSE }),
});
const server = createServer(adapter).listen(0, '127.0.0.1');
await once(server, 'listening');
serveJobs(async () => (server.address() as AddressInfo).port);
