/** Receivers that redirect, do not answer, or do not stop answering. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpSender } from '../../services/auth-server/jobs/webhooks/http-sender.ts';

/** For receivers that use all the time there is; others have the usual ten seconds. */
const SHORT_MS = 500;
const MANY = 100_000;

let sender: HttpSender;
let impatient: HttpSender;
const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

beforeEach(() => {
  sender = new HttpSender({ allowLoopback: true, concurrency: 256 });
  impatient = new HttpSender({ allowLoopback: true, concurrency: 256, attemptTimeoutMs: SHORT_MS });
});
afterEach(async () => {
  await Promise.all([sender.close(), impatient.close()]);
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
const raw = (onData: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => socket.once('data', () => onData(socket))));
const send = (url: string, by = sender) => by.send({ url, headers: {}, body: '{}' });

test.each([301, 302, 303, 307, 308])('a %i is not followed and is a failure', async (status) => {
  let followed = 0;
  const target = await serve((_request, response) => {
    followed++;
    response.end();
  });
  const url = await serve((_request, response) => response.writeHead(status, { location: target }).end('elsewhere'));
  expect(await send(url)).toEqual({ httpStatus: status, error: null, responseExcerpt: 'elsewhere' });
  expect(followed).toBe(0);
});

describe('an attempt ends in time', () => {
  const late = { httpStatus: null, error: 'no response in time', responseExcerpt: '' };

  test('if the receiver never responds', async () => {
    expect(await send(await raw(() => {}), impatient)).toEqual(late);
  });

  test('if the receiver never reads the request', async () => {
    expect(await send(await listen(createTcpServer((socket) => socket.pause())), impatient)).toEqual(late);
  });

  test('if the receiver sends its headers byte by byte', async () => {
    const url = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await send(url, impatient)).toEqual(late);
  });

  test('if the receiver sends its body byte by byte: the status counts, the rest is dropped', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const answer = await send(url, impatient);
    expect(answer).toMatchObject({ httpStatus: 200, error: null });
    expect(answer.responseExcerpt).toMatch(/^x{1,50}$/);
    await expect.poll(() => sockets.size).toBe(0);
  });
});

describe('an attempt is bounded', () => {
  test('in what it reads of an endless response', async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const chunk = 'x'.repeat(16 * 1024);
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', pour);
      pour();
    });
    const answer = await send(url);
    expect(answer).toEqual({ httpStatus: 200, error: null, responseExcerpt: 'x'.repeat(1024) });
    await expect.poll(() => sockets.size).toBe(0);
    expect(sent).toBeLessThan(16 * 1024 * 1024); // buffers of two sockets, not what could be sent in that time
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
    const attempts = Array.from({ length: 250 }, () => send(url));
    await expect.poll(() => sockets.size).toBe(192);
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
    const drip = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5);
    socket.on('close', () => clearInterval(drip));
  });
  expect(await send(url, impatient)).toMatchObject({ httpStatus: null, error: 'no response in time' });
});
