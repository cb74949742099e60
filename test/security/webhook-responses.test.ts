/** Receivers that redirect, never complete a response, or send too much or something else than HTTP. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../scripts/dependencies/ports.ts';
import { HttpSender, SHARE_OF_ORIGIN } from '../../services/auth-server/jobs/webhooks/http-sender.ts';

/** The timeout of attempts that are expected to time out; others have the default of ten seconds. */
const SHORT_MS = 500;
const MANY = 100_000;
const CONCURRENCY = 256;

let sender: HttpSender;
let shortSender: HttpSender;
const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

beforeEach(() => {
  sender = new HttpSender({ allowLoopback: true, concurrency: CONCURRENCY });
  shortSender = new HttpSender({ allowLoopback: true, concurrency: CONCURRENCY, attemptTimeoutMs: SHORT_MS });
});
afterEach(async () => {
  await Promise.all([sender.close(), shortSender.close()]);
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen<T extends Server | TcpServer>(server: T): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  return `http://127.0.0.1:${await listenOnLoopback(server)}/`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
const raw = (onData: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => socket.once('data', () => onData(socket))));
const send = (url: string, by = sender) => by.send({ url, headers: {}, body: '{}' });

test.each([301, 302, 303, 307, 308])('a redirect with %i is not followed', async (status) => {
  let followed = 0;
  const target = await serve((_request, response) => {
    followed++;
    response.end();
  });
  const url = await serve((_request, response) => response.writeHead(status, { location: target }).end('elsewhere'));
  expect(await send(url)).toEqual({ httpStatus: status, error: null, responseExcerpt: 'elsewhere' });
  expect(followed).toBe(0);
});

describe('an attempt times out', () => {
  const timedOut = { httpStatus: null, error: 'no response in time', responseExcerpt: '' };

  test('if the receiver never responds', async () => {
    expect(await send(await raw(() => {}), shortSender)).toEqual(timedOut);
  });

  test('if the receiver never reads the request', async () => {
    expect(await send(await listen(createTcpServer((socket) => socket.pause())), shortSender)).toEqual(timedOut);
  });

  test('if the receiver sends its headers byte by byte', async () => {
    const url = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send(url, shortSender)).toEqual(timedOut);
  });

  test('if the receiver sends its body byte by byte: the status counts, and the connection is closed', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const result = await send(url, shortSender);
    expect(result).toMatchObject({ httpStatus: 200, error: null });
    expect(result.responseExcerpt).toMatch(/^x{1,50}$/);
    await expect.poll(() => sockets.size).toBe(0);
  });
});

describe('an attempt is bounded', () => {
  test('in what it reads of an endless response', async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const chunk = 'x'.repeat(16 * 1024);
      const write = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', write);
      write();
    });
    const result = await send(url);
    expect(result).toEqual({ httpStatus: 200, error: null, responseExcerpt: 'x'.repeat(1024) });
    await expect.poll(() => sockets.size).toBe(0);
    expect(sent).toBeLessThan(16 * 1024 * 1024); // the buffers of two sockets, not all that could be sent until the timeout
  });

  test('in the size of the headers', async () => {
    const url = await raw((socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(MANY)}\r\n\r\n`));
    expect(await send(url)).toMatchObject({ httpStatus: null, error: 'the response headers are too large' });
  });

  test('in the number of headers', async () => {
    const url = await raw((socket) => socket.end(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(MANY)}\r\n`));
    expect(await send(url)).toMatchObject({ httpStatus: null, error: 'the response headers are too large' });
  });

  test('in the connections to one origin', async () => {
    const url = await raw(() => {});
    const attempts = Array.from({ length: CONCURRENCY }, () => send(url));
    await expect.poll(() => sockets.size).toBe(CONCURRENCY * SHARE_OF_ORIGIN);
    await sender.close();
    await Promise.all(attempts);
  });
});

test('a response that is not HTTP is a failure', async () => {
  const url = await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  expect(await send(url)).toEqual({ httpStatus: null, error: 'the response is not HTTP', responseExcerpt: '' });
});

test('endless informational responses do not prolong an attempt', async () => {
  const url = await raw((socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  expect(await send(url, shortSender)).toMatchObject({ httpStatus: null, error: 'no response in time' });
});
