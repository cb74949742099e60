import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConnectionBounds, MAX_PIPELINED } from '#common/http/connection-bounds.ts';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';

/** More than the kernel buffers for a client that does not read. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function startServer(handler: Handler, max: number) {
  const server = createServer(handler);
  const bounds = new ConnectionBounds(server, max);
  const port = await listenOnLoopback(server);
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    bounds.destroyAll();
    await closed;
  });
  const get = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
  /** A client that pipelines requests for these paths. */
  const send = (...paths: string[]) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
    return socket;
  };
  return { bounds, get, send };
}

/** Resolves with the received data once it contains `text`. */
async function received(socket: Socket, text: string): Promise<string> {
  let all = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    all += chunk;
  });
  await expect.poll(() => all).toContain(text);
  return all;
}

test('clients that do not read responses are evicted for new ones', async () => {
  let started = 0;
  const { bounds, get, send } = await startServer(({ url }, response) => {
    if (url === '/large') started++;
    response.end(url === '/large' ? LARGE : 'small');
  }, 5);
  for (let client = 0; client < 5; client++) send('/large').pause();
  await expect.poll(() => started).toBe(5);
  for (let call = 0; call < 10; call++) expect(await get('/small')).toBe('small');
  expect(bounds.count).toBeLessThanOrEqual(5);
});

describe('the time limit for reading a response', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  test('closes a connection whose response is not read in time', async () => {
    let hasResponded = false;
    const { bounds, send } = await startServer((_request, response) => {
      response.end(LARGE);
      hasResponded = true;
    }, 5);
    send('/').pause();
    await expect.poll(() => hasResponded).toBe(true);
    vi.advanceTimersByTime(59_000);
    expect(bounds.count).toBe(1);
    vi.advanceTimersByTime(2_000);
    await expect.poll(() => bounds.count).toBe(0);
  });

  test('does not include the time to serve the request', async () => {
    const open: ServerResponse[] = [];
    const { send } = await startServer((_request, response) => open.push(response), 5);
    const client = send('/');
    await expect.poll(() => open.length).toBe(1);
    vi.advanceTimersByTime(120_000);
    open[0]?.end('done');
    await received(client, 'done');
  });
});

test('connections with a request in progress are not evicted', async () => {
  const open: ServerResponse[] = [];
  const { get, send } = await startServer((_request, response) => open.push(response), 2);
  const served = [send('/'), send('/')];
  await expect.poll(() => open.length).toBe(2);
  await expect(get('/')).rejects.toThrow();
  for (const response of open) response.end('done');
  for (const socket of served) await received(socket, 'done');
});

test('a connection that pipelines more than MAX_PIPELINED requests is closed, and others are served', async () => {
  const { get, send } = await startServer(({ url }, response) => {
    if (url === '/small') response.end('small');
  }, 5);
  const flood = send(...new Array(MAX_PIPELINED + 1).fill('/pending')).resume();
  await new Promise((resolve) => flood.once('close', resolve));
  expect(await get('/small')).toBe('small');
});

test('pipelined requests within the limit get responses in order', async () => {
  const { send } = await startServer(({ url }, response) => response.end(`response to ${url}`), 5);
  const paths = Array.from({ length: MAX_PIPELINED }, (_, index) => `/${index}`);
  const client = send(...paths);
  const responses = await received(client, `response to ${paths.at(-1)}`);
  expect(responses.match(/(?<=response to )\/\d+/g)).toEqual(paths);
});
