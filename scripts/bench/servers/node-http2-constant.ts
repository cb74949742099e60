/** Node's HTTP/2 server with a constant response, on its core API (the compatibility API costs more). */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { listenOnLoopback } from '../../dependencies/ports.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { RESPONSE_BYTES } from './constant-response.ts';

const message = Buffer.concat([Buffer.alloc(5), RESPONSE_BYTES]);
message.writeUInt32BE(RESPONSE_BYTES.length, 1);

const server = createServer();
server.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('data', () => {});
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(message);
  });
});
const port = await listenOnLoopback(server);
serveJobs(async () => port);
