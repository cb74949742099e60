/** Connections of clients that do not read responses, or pipeline too many requests, are closed, and other clients are served. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSystem } from '../support/system.ts';
import { CLOSED_PORT, startGateway } from '../unit/gateway/support/gateway.ts';

const MAX_CONNECTIONS = 20;
/** More than the kernel buffers for a client that does not read. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** auth-server with a script of LARGE_BYTES among its pages. */
async function startAuthServer(): Promise<string> {
  const webRoot = mkdtempSync(join(tmpdir(), 'unread-'));
  onTestFinished(() => rmSync(webRoot, { recursive: true }));
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'assets/large.js'), Buffer.alloc(LARGE_BYTES, ' '));
  const system = await startSystem({ httpMaxConnections: MAX_CONNECTIONS, webRoot });
  onTestFinished(() => system.stop());
  return system.issuer;
}

async function startTestGateway(): Promise<string> {
  const gateway = await startGateway({ introspection: [CLOSED_PORT], maxConnections: MAX_CONNECTIONS });
  onTestFinished(() => gateway.stop());
  return gateway.url;
}

function send(url: string, request: string, times = 1) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(request.repeat(times));
  return socket;
}

test('connections whose responses are not read are evicted for other clients', async () => {
  const url = await startAuthServer();
  for (let opened = 0; opened < 3 * MAX_CONNECTIONS; opened++) {
    const client = send(url, 'GET /assets/large.js HTTP/1.1\r\nhost: x\r\n\r\n');
    // The response has begun; the server buffers the rest.
    await new Promise((resolve) => client.once('readable', resolve));
    expect((await fetch(`${url}/livez`, { headers: { connection: 'close' } })).status).toBe(200);
  }
});

test.each([
  ['auth-server', startAuthServer],
  ['gateway', startTestGateway],
])('%s: a connection with a flood of requests is closed, and another client is served', async (_name, start) => {
  const url = await start();
  const flood = send(url, 'GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n', 10_000).resume();
  await new Promise((resolve) => flood.once('close', resolve));
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});
