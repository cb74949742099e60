/** Connect's adapter for Node with a constant response, set up as in its documentation. */
import { createServer } from 'node:http2';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { listenOnLoopback } from '../../dependencies/ports.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { RESPONSE } from './constant-response.ts';

const adapter = connectNodeAdapter({
  routes: (router) => router.service(IntrospectionService, { introspect: () => RESPONSE }),
});
const port = await listenOnLoopback(createServer(adapter));
serveJobs(async () => port);
