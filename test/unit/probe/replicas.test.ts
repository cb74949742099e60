/** Each kind of replica over TLS, at an address that its name does not resolve to. */
import { once } from 'node:events';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { create, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IntrospectionService } from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { authenticatedClient } from '../../../scripts/probe/authenticated-client.ts';
import { findReplicas } from '../../../scripts/probe/replicas/find-replicas.ts';
import { grpcReplica } from '../../../scripts/probe/replicas/grpc-replica.ts';
import { introspectionReplica, resourceReplica } from '../../../scripts/probe/replicas/http-replica.ts';
import { TestCa } from '../../support/certificates.ts';

const NAME = 'replicas.invalid';
const ADDRESS = '127.0.0.1';
const TOKEN = 'live';
const ca = new TestCa();
const { cert, key } = ca.issue({ names: `DNS:${NAME}` });
const defaults = getCACertificates('default');

let https: HttpsServer;
let grpc: Server;
let grpcPort: number;

beforeAll(async () => {
  setDefaultCACertificates([...defaults, ca.pem.toString()]);
  https = createServer({ cert, key }, async (request, response) => {
    const body = new URLSearchParams(await text(request));
    if (request.url === '/failing') return response.writeHead(500).end();
    if (request.url === '/moved') return response.writeHead(302, { location: '/api' }).end();
    if (request.url !== '/introspect')
      return response.writeHead(request.headers.authorization === `Bearer ${TOKEN}` ? 200 : 401).end();
    const active = request.headers.host?.startsWith(`${NAME}:`) && body.get('token') === TOKEN;
    return response.setHeader('content-type', 'application/json').end(JSON.stringify({ active }));
  }).listen(0, ADDRESS);
  await once(https, 'listening');

  grpc = new Server();
  const { introspect } = IntrospectionService.method;
  const unary = { requestStream: false, responseStream: false, requestSerialize: Buffer.from } as const;
  const definition = {
    ...unary,
    path: `/${IntrospectionService.typeName}/${introspect.name}`,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  grpc.addService(
    { introspect: definition },
    {
      introspect: (call: { request: Buffer }, reply: (error: null, response: Uint8Array) => void) =>
        reply(null, toBinary(introspect.output, create(introspect.output, { active: call.request.includes(TOKEN) }))),
    },
  );
  const credentials = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
  grpcPort = await new Promise((resolve, reject) =>
    grpc.bindAsync(`${ADDRESS}:0`, credentials, (error, port) => (error === null ? resolve(port) : reject(error))),
  );
});
afterAll(async () => {
  setDefaultCACertificates(defaults);
  grpc.forceShutdown();
  https.close();
  ca.remove();
});

const httpsUrl = (path: string) => new URL(`https://${NAME}:${(https.address() as AddressInfo).port}${path}`);

test.each([
  [
    'an introspection endpoint',
    () => introspectionReplica(httpsUrl('/introspect'), ADDRESS, 'r', authenticatedClient('c', 's')),
  ],
  ['an API', () => resourceReplica(httpsUrl('/api'), ADDRESS, 'r')],
  ['IntrospectionService', () => grpcReplica(new URL(`grpcs://${NAME}:${grpcPort}`), ADDRESS, 'r', 'token')],
])('%s is called at its address, under its name', async (_kind, open) => {
  const replica = open();
  expect(await replica.isActive(TOKEN)).toBe(true);
  expect(await replica.isActive('gone')).toBe(false);
  replica.close();
});

test.each([
  ['an error', '/failing', '500'],
  ['a redirect', '/moved', '302'],
])('%s of an API is neither active nor a denial', async (_what, path, status) => {
  const replica = resourceReplica(httpsUrl(path), ADDRESS, 'r');
  await expect(replica.isActive(TOKEN)).rejects.toThrow(status);
  replica.close();
});

test('a URL with an IP address has one replica, which is named by its host and port', async () => {
  const urls = ['grpc://127.0.0.1:1', 'http://[::1]:2/introspect'].map((url) => new URL(url));
  const found: string[] = [];
  await findReplicas(urls, (url, address, name) => {
    found.push(`${name} ${address}`);
    return resourceReplica(url, address, name);
  });
  expect(found).toEqual(['127.0.0.1:1 127.0.0.1', '[::1]:2 ::1']);
});
