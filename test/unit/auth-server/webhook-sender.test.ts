/** How webhooks find their receivers and use connections to them. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { dnsResolver } from '../../../services/auth-server/jobs/webhooks/dns-resolver.ts';
import { HttpSender } from '../../../services/auth-server/jobs/webhooks/http-sender.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n';

/** A receiver on TCP that is told of each request: which one it is on its connection. */
async function receiver(onRequest: (socket: Socket, number: number) => void): Promise<{ url: string; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let number = 0;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (chunk.includes('POST ')) onRequest(socket, ++number);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

function sender(): HttpSender {
  const one = new HttpSender({ allowLoopback: true, concurrency: 256 });
  open.push(() => one.close());
  return one;
}

const send = (by: HttpSender, url: string) => by.send({ url, headers: { 'webhook-id': 'x' }, body: '{}' });

describe('connections', () => {
  test('that the receiver closes as they are used again cost no delivery', async () => {
    let requests = 0;
    const { url } = await receiver((socket, number) => {
      requests++;
      if (number === 1) socket.write(ANSWER);
      else socket.resetAndDestroy();
    });
    const by = sender();
    for (let count = 0; count < 10; count++)
      expect(await send(by, url)).toMatchObject({ httpStatus: 204, error: null });
    expect(requests).toBeGreaterThan(10);
  });

  test('that end before the answer each time are tried twice, and then it is a failure', async () => {
    let requests = 0;
    const { url } = await receiver((socket) => {
      requests++;
      socket.destroy();
    });
    expect((await send(sender(), url)).error).toMatch(/^the connection (ended before the answer|was reset)$/);
    expect(requests).toBe(2);
  });

  test('are closed before the receiver would', async () => {
    let ended = 0;
    const { url, server } = await receiver((socket) => socket.write(ANSWER));
    // A common bound is two seconds, in which ours must have gone.
    server.on('connection', (socket) => {
      socket.setTimeout(2_000, () => socket.destroy());
      socket.on('end', () => ended++);
    });
    const by = sender();
    await send(by, url);
    await expect.poll(() => ended, { timeout: 4_000 }).toBe(1);
  });

  test('of slow apps leave room for another app at the same origin', async () => {
    let slow = 0;
    const { url } = await receiver((socket) => {
      if (slow++ >= 128) socket.write(ANSWER);
    });
    const by = sender();
    for (let count = 0; count < 128; count++) void send(by, url);
    await expect.poll(() => slow).toBe(128);
    expect((await send(by, url)).httpStatus).toBe(204);
  });
});

/** A name server on this machine that answers A alone, with that address; AAAA it drops. */
async function nameServer(address: string): Promise<() => Resolver> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address: from }) => {
    const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
    if (type !== 1) return;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const header = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
    socket.send(Buffer.concat([header, question, record]), port, from);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => socket.close());
  return () => {
    const resolver = new Resolver({ timeout: 60_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${socket.address().port}`]);
    open.push(() => resolver.cancel());
    return resolver;
  };
}

describe('names', () => {
  const policy = { allowLoopback: false };

  test('with an IPv4 address are found though the name server drops the question for IPv6', async () => {
    const resolve = dnsResolver(policy, { newResolver: await nameServer('192.0.2.1') });
    expect(await resolve('app.example')).toEqual(['192.0.2.1']);
  });

  test('have both kinds of addresses where both come, and fail where neither does', async () => {
    const failing = async () => Promise.reject(new Error('no such name'));
    const resolverOf = (v4: () => Promise<string[]>, v6: () => Promise<string[]>) =>
      dnsResolver(policy, { newResolver: () => ({ resolve4: v4, resolve6: v6 }) as never });
    const v4 = async () => ['192.0.2.1'];
    const v6 = async () => ['2001:db8::1'];
    expect(await resolverOf(v4, v6)('app.example')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await resolverOf(failing, v6)('app.example')).toEqual(['2001:db8::1']);
    expect(await resolverOf(v4, failing)('app.example')).toEqual(['192.0.2.1']);
    await expect(resolverOf(failing, failing)('app.example')).rejects.toThrow('no such name');
  });

  test('are asked of the name servers that the system has now, not of those that it had at the start', async () => {
    const resolvers = [await nameServer('192.0.2.1'), await nameServer('192.0.2.2')];
    let nowMs = 0;
    const resolve = dnsResolver(policy, {
      newResolver: () => (resolvers.shift() as () => Resolver)(),
      now: () => nowMs,
    });
    expect(await resolve('app.example')).toEqual(['192.0.2.1']);
    nowMs += 10_000;
    expect(await resolve('app.example')).toEqual(['192.0.2.2']);
  });
});
