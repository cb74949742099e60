/** Limits on the connections of a TLS port, before and after the handshake. */
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, expect, test } from 'vitest';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { ConnectionBounds } from '../../../services/common/http/connection-bounds.ts';
import { handshakesInProgress, limitHandshakes } from '../../../services/common/tls/handshakes.ts';
import { TestCa } from '../../support/certificates.ts';

const ca = new TestCa();
const { cert, key } = ca.issue();
const open: { destroy(): unknown }[] = [];
let server: Server;
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => ca.remove());

/** A client that connects and sends nothing. */
async function silent(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1').on('error', () => {});
  open.push(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket.resume();
}

function connectTls(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: ca.pem, servername: 'localhost' }, () => resolve(socket));
    socket.once('error', reject);
    open.push(socket);
  });
}

const isClosed = (socket: Socket) => socket.readableEnded || socket.destroyed;

test('the oldest stalled handshake is evicted, and completed ones are not counted', async () => {
  const seen: TLSSocket[] = [];
  server = createServer({ cert, key }, (socket) => seen.push(socket.on('error', () => {})));
  limitHandshakes(server, 3);
  const port = await listenOnLoopback(server);
  const finished = [await connectTls(port), await connectTls(port), await connectTls(port), await connectTls(port)];
  await expect.poll(() => handshakesInProgress(server)).toBe(0);

  const waiting: Socket[] = [];
  for (let count = 0; count < 5; count++) waiting.push(await silent(port));
  await expect.poll(() => waiting.map(isClosed)).toEqual([true, true, false, false, false]);
  expect(handshakesInProgress(server)).toBe(3);
  await connectTls(port);
  await expect.poll(() => waiting.filter(isClosed).length).toBe(3);
  for (const socket of waiting) socket.destroy();
  await expect.poll(() => handshakesInProgress(server)).toBe(0);
  expect(finished.filter(isClosed)).toEqual([]);
  await expect.poll(() => seen.length).toBe(5);
});

test('a failed handshake is no longer counted', async () => {
  server = createServer({ cert, key, minVersion: 'TLSv1.3' });
  limitHandshakes(server, 3);
  const port = await listenOnLoopback(server);
  for (let count = 0; count < 5; count++) {
    const broken = await silent(port);
    broken.write('GET / HTTP/1.1\r\n\r\n');
    await expect.poll(() => isClosed(broken)).toBe(true);
  }
  await expect.poll(() => handshakesInProgress(server)).toBe(0);
  await connectTls(port);
});

test('connections of an HTTPS server are bounded, and one with a request in progress is not evicted', async () => {
  const pending: (() => void)[] = [];
  const https = createHttpsServer({ cert, key }, (_request, response) => pending.push(() => response.end('response')));
  server = https;
  const bounds = new ConnectionBounds(https, 2);
  const port = await listenOnLoopback(server);
  const served = await connectTls(port);
  served.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(() => pending.length).toBe(1);
  const idle = await connectTls(port);
  await expect.poll(() => bounds.count).toBe(2);
  idle.resume();
  await connectTls(port);
  await expect.poll(() => isClosed(idle)).toBe(true);
  pending[0]?.();
  await new Promise((resolve) => served.once('data', resolve));
  expect(bounds.count).toBe(2);
});

test('all connections of an HTTPS server can be ended, also those in a handshake', async () => {
  const https = createHttpsServer({ cert, key });
  server = https;
  limitHandshakes(https);
  const bounds = new ConnectionBounds(https, 2);
  const port = await listenOnLoopback(server);
  const connected = [(await connectTls(port)).resume(), await silent(port)];
  await expect.poll(() => handshakesInProgress(server)).toBe(1);
  const closed = new Promise((resolve) => server.close(resolve));
  bounds.destroyAll();
  await closed;
  await expect.poll(() => connected.map(isClosed)).toEqual([true, true]);
});
