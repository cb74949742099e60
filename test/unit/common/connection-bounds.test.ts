import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConnectionBounds, MAX_PIPELINED } from '#common/http/connection-bounds.ts';

/** More than the kernel keeps for a client that does not read. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

const disposers: (() => unknown)[] = [];
afterEach(async () => {
  for (const dispose of disposers.splice(0).reverse()) await dispose();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function startServer(handler: Handler, max: number) {
  const server = createServer(handler);
  const bounds = new ConnectionBounds(server, max);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposers.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    bounds.destroyAll();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  const get = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
  /** A client that sends these requests at once. */
  const send = (...paths: string[]) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    disposers.push(() => socket.destroy());
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
    return socket;
  };
  return { bounds, get, send };
}

/** Resolves with what has come in when it contains that text. */
async function received(socket: Socket, text: string): Promise<string> {
  let all = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    all += chunk;
  });
  await expect.poll(() => all).toContain(text);
  return all;
}

test('clients that do not read responses are replaced by others', async () => {
  let begun = 0;
  const { bounds, get, send } = await startServer(({ url }, response) => {
    if (url === '/large') begun++;
    response.end(url === '/large' ? LARGE : 'small');
  }, 5);
  for (let client = 0; client < 5; client++) send('/large').pause();
  await expect.poll(() => begun).toBe(5);
  for (let call = 0; call < 10; call++) expect(await get('/small')).toBe('small');
  expect(bounds.count).toBeLessThanOrEqual(5);
});

describe('the time for reading a response', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  test('closes a connection whose response is not read in time', async () => {
    let isGiven = false;
    const { bounds, send } = await startServer((_request, response) => {
      response.end(LARGE);
      isGiven = true;
    }, 5);
    send('/').pause();
    await expect.poll(() => isGiven).toBe(true);
    vi.advanceTimersByTime(59_000);
    expect(bounds.count).toBe(1);
    vi.advanceTimersByTime(2_000);
    await expect.poll(() => bounds.count).toBe(0);
  });

  test('the time in which a request is served is not counted', async () => {
    const open: ServerResponse[] = [];
    const { send } = await startServer((_request, response) => open.push(response), 5);
    const client = send('/');
    await expect.poll(() => open.length).toBe(1);
    vi.advanceTimersByTime(120_000);
    open[0]?.end('answer');
    await received(client, 'answer');
  });
});

test('requests in progress are not evicted', async () => {
  const open: ServerResponse[] = [];
  const { get, send } = await startServer((_request, response) => open.push(response), 2);
  const served = [send('/'), send('/')];
  await expect.poll(() => open.length).toBe(2);
  await expect(get('/')).rejects.toThrow();
  for (const response of open) response.end('answer');
  for (const socket of served) await received(socket, 'answer');
});

test('a connection with more requests at once than anybody sends is closed, and others are served', async () => {
  const { get, send } = await startServer(({ url }, response) => {
    if (url === '/small') response.end('small');
  }, 5);
  const flood = send(...new Array(MAX_PIPELINED + 1).fill('/unanswered')).resume();
  await new Promise((resolve) => flood.once('close', resolve));
  expect(await get('/small')).toBe('small');
});

test('pipelined requests within the limit get responses in order', async () => {
  const { send } = await startServer(({ url }, response) => response.end(`answer to ${url}`), 5);
  const paths = Array.from({ length: MAX_PIPELINED }, (_, index) => `/${index}`);
  const client = send(...paths);
  const responses = await received(client, `answer to ${paths.at(-1)}`);
  expect(responses.match(/(?<=answer to )\/\d+/g)).toEqual(paths);
});
