/** DNS and connections of the webhook sender. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { dnsResolver } from '../../../services/auth-server/jobs/webhooks/dns-resolver.ts';
import { HttpSender } from '../../../services/auth-server/jobs/webhooks/http-sender.ts';

const RESPONSE = 'HTTP/1.1 204 No Content\r\n\r\n';

/** A TCP receiver; the callback gets the number of the request on its connection. */
async function receiver(onRequest: (socket: Socket, number: number) => void): Promise<{ url: string; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let number = 0;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (chunk.includes('POST ')) onRequest(socket, ++number);
    });
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/`, server };
}

function sender(): HttpSender {
  const one = new HttpSender({ allowLoopback: true, concurrency: 256 });
  onTestFinished(() => one.close());
  return one;
}

const send = (httpSender: HttpSender, url: string) =>
  httpSender.send({ url, headers: { 'webhook-id': 'x' }, body: '{}' });

describe('connections', () => {
  test('closed by the receiver while they are reused do not fail an attempt', async () => {
    let requests = 0;
    const { url } = await receiver((socket, number) => {
      requests++;
      if (number === 1) socket.write(RESPONSE);
      else socket.resetAndDestroy();
    });
    const httpSender = sender();
    for (let count = 0; count < 10; count++)
      expect(await send(httpSender, url)).toMatchObject({ httpStatus: 204, error: null });
    expect(requests).toBeGreaterThan(10);
  });

  test('closed before the response, twice in a row, fail the attempt', async () => {
    let requests = 0;
    const { url } = await receiver((socket) => {
      requests++;
      socket.destroy();
    });
    expect((await send(sender(), url)).error).toMatch(/^the connection (ended before the response|was reset)$/);
    expect(requests).toBe(2);
  });

  test('are closed before the receiver would close them', async () => {
    let ended = 0;
    const { url, server } = await receiver((socket) => socket.write(RESPONSE));
    // Some receivers close idle connections after two seconds, so the sender must close them earlier.
    server.on('connection', (socket) => {
      socket.setTimeout(2_000, () => socket.destroy());
      socket.on('end', () => ended++);
    });
    const httpSender = sender();
    await send(httpSender, url);
    await expect.poll(() => ended, { timeout: 4_000 }).toBe(1);
  });

  test('of slow apps leave room for another app at the same origin', async () => {
    let requests = 0;
    const { url } = await receiver((socket) => {
      if (requests++ >= 128) socket.write(RESPONSE);
    });
    const httpSender = sender();
    // Slow apps together can have half of the 256 concurrent attempts.
    for (let count = 0; count < 128; count++) void send(httpSender, url);
    await expect.poll(() => requests).toBe(128);
    expect((await send(httpSender, url)).httpStatus).toBe(204);
  });
});

/** Starts a name server that responds to A queries with the address and drops others. Returns a factory of resolvers for it. */
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
  onTestFinished(() => void socket.close());
  return () => {
    const resolver = new Resolver({ timeout: 60_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${socket.address().port}`]);
    onTestFinished(() => resolver.cancel());
    return resolver;
  };
}

describe('names', () => {
  const policy = { allowLoopback: false };

  test('with an IPv4 address resolve even if the name server drops the IPv6 query', async () => {
    const resolve = dnsResolver(policy, { newResolver: await nameServer('192.0.2.1') });
    expect(await resolve('app.example')).toEqual(['192.0.2.1']);
  });

  test('resolve to the addresses of both families, or of one if the other fails, and fail if both do', async () => {
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

  test('are resolved with name servers that are read from the system again after 10 s', async () => {
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
