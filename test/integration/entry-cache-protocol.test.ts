/** What the entry cache sends to Redis and how it handles replies, with a scripted server instead of Redis. */
import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from '../../scripts/dependencies/ports.ts';
import { encodeStamps, encodeState, ID_BYTES } from '../../services/common/token-state/entry.ts';
import { stampKey } from '../../services/common/token-state/keys.ts';
import { cacheAt, INVALID, read, UNREACHABLE } from '../support/entry-cache.ts';
import { untilReady } from '../support/redis.ts';

const NO_STAMPS = Buffer.alloc(0);
const RECORD = `${'a'.repeat(16)} ${'b'.repeat(40)} ${'c'.repeat(40)}`;
const SHA = 'd'.repeat(40);
/** Replies to HELLO, CLIENT TRACKING, two SCRIPT LOADs and LEARN. */
const WELCOME = `%0\r\n+OK\r\n${`$40\r\n${SHA}\r\n`.repeat(2)}$98\r\n${RECORD}\r\n`;

/** A scripted server instead of Redis, and the data that it received. */
async function fakeServer(response: (sent: string, socket: Socket) => void): Promise<{ url: string; sent: string[] }> {
  const sent: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let isGreeted = false;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      sent.push(text);
      if (isGreeted) response(text, socket);
      else if (text.includes('EVAL')) {
        isGreeted = true;
        socket.write(WELCOME);
      }
    });
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `redis://127.0.0.1:${port}`, sent };
}

test('sends no read before the generation is known, and never resends one that got no reply', async () => {
  const { url, sent } = await fakeServer((_text, socket) => socket.destroy());
  const reader = cacheAt(url);
  expect(await read(reader, randomBytes(32))).toBe(UNREACHABLE);
  await untilReady(reader);
  expect(await read(reader, randomBytes(32))).toBe(UNREACHABLE);
  await expect.poll(() => sent.filter((text) => text.includes('HELLO')).length).toBe(2);
  expect(sent.filter((text) => text.includes('MGET'))).toHaveLength(1);
});

test.each([
  ['a guard that fails', '*1\r\n_\r\n-GENERATION is another\r\n'],
  ['an error reply', '-LOADING not yet\r\n'],
  ['a reply without a command', '*1\r\n_\r\n:1\r\n:1\r\n'],
  ['data that is not RESP3', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
])('%s closes the connection', async (_name, response) => {
  const { url, sent } = await fakeServer((_text, socket) => socket.write(response));
  const reader = cacheAt(url);
  await untilReady(reader);
  await read(reader, randomBytes(32));
  await expect.poll(() => sent.filter((text) => text.includes('HELLO')).length).toBeGreaterThan(1);
});

test('does not use entries before the reply to the guard', async () => {
  const state = encodeState(randomBytes(ID_BYTES), 1, 0, NO_STAMPS, Buffer.from('old')).toString('latin1');
  const { url } = await fakeServer((_text, socket) => {
    socket.write(Buffer.from(`*1\r\n$${state.length}\r\n${state}\r\n`, 'latin1'), () =>
      setImmediate(() => socket.write('-GENERATION is another\r\n')),
    );
  });
  const reader = cacheAt(url);
  await untilReady(reader);
  expect(await read(reader, randomBytes(32))).toBe(UNREACHABLE);
});

const STAMP_ID = Buffer.from('stamp1');
test.each<[string, string, string]>([
  ['the same stamp', `$7\r\nP${STAMP_ID}\r\n`, 'response'],
  ['another stamp', '$7\r\nPstamp2\r\n', INVALID],
  ['no stamp', '_\r\n', INVALID],
  ['a fence', '$3\r\nFid\r\n', INVALID],
])('reads an entry again, with its stamp, if the stamp is not cached; Redis has %s', async (_name, stamp, expected) => {
  const stamps = encodeStamps([{ key: stampKey({ kind: 'app', id: 7 }), id: STAMP_ID }]);
  const state = encodeState(randomBytes(ID_BYTES), 1, 0, stamps, Buffer.from('response')).toString('latin1');
  const entries = `*1\r\n$${state.length}\r\n${state}\r\n`;
  const { url, sent } = await fakeServer((text, socket) => {
    const stampReplies = text.includes('CACHING') ? `+OK\r\n*1\r\n${stamp}` : '';
    socket.write(Buffer.from(`${entries}${stampReplies}:1\r\n`, 'latin1'));
  });
  const reader = cacheAt(url);
  await untilReady(reader);
  expect(await read(reader, randomBytes(32))).toBe(expected);
  expect(await read(reader, randomBytes(32))).toBe(expected);
  // After the second MGET the stamp is cached, even as missing or fenced.
  const reads = sent.filter((text) => text.includes('MGET'));
  expect(reads.map((text) => text.includes('CACHING'))).toEqual([false, true, false]);
});
