/** A grpc-js server that decodes nothing and always responds with the same bytes: the cost of grpc-js alone. */
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { serveJobs } from '../workers/serve-jobs.ts';
import { INTROSPECT_PATH, RESPONSE_BYTES } from './constant-response.ts';

const asItIs = (bytes: Buffer): Buffer => bytes;
const server = new Server();
server.addService(
  {
    introspect: {
      path: INTROSPECT_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  },
  { introspect: (_call: unknown, callback: (error: null, response: Buffer) => void) => callback(null, RESPONSE_BYTES) },
);
const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
serveJobs(async () => port);
