/** Tests with Node's HTTP/2 client (nghttp2). */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type Settings } from 'node:http2';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { FrameReader } from '../../services/common/unary-h2/frames/frame-reader.ts';
import { Preface } from '../../services/common/unary-h2/frames/preface.ts';
import { chunkedPair } from './support/chunked-pair.ts';
import { ACK, END_HEADERS, message, PATH, PRIORITY, SETTINGS_ACK, settings, Type } from './support/frames.ts';
import { decodeBlock, decoderOf } from './support/hpack.ts';
import { testServer } from './support/test-server.ts';

const sessions: ClientHttp2Session[] = [];

afterAll(() => {
  for (const session of sessions) session.destroy();
});

interface ClientOptions {
  readonly settings?: Settings;
  readonly paddingStrategy?: number;
}

function client(duplex: ReturnType<typeof duplexPair>[0], options: ClientOptions = {}): ClientHttp2Session {
  const session = connect('http://unary-h2.test', { createConnection: () => duplex, ...options });
  session.on('error', () => {});
  sessions.push(session);
  return session;
}

interface ReceivedResponse {
  readonly status: unknown;
  readonly grpcStatus: unknown;
  readonly content: Buffer;
}

async function call(
  session: ClientHttp2Session,
  content: Uint8Array,
  fields: Record<string, string | string[]> = {},
): Promise<ReceivedResponse> {
  const stream = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...fields,
  });
  const parts: Buffer[] = [];
  const response: { status?: unknown; grpcStatus?: unknown } = {};
  stream.on('response', (head) =>
    Object.assign(response, { status: head[':status'], grpcStatus: head['grpc-status'] }),
  );
  stream.on('trailers', (trailers) => Object.assign(response, { grpcStatus: trailers['grpc-status'] }));
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.end(message(content));
  await once(stream, 'close');
  return { status: response.status, grpcStatus: response.grpcStatus, content: Buffer.concat(parts) };
}

const fieldName = fc.stringMatching(/^x-[a-z0-9_.-]{1,20}$/);
const fieldValue = fc.oneof(
  fc.constantFrom('', 'a', 'again and again'),
  fc.stringMatching(/^[!-~]([ -~]{0,100}[!-~])?$/),
);
const fieldLists = fc.array(fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 12 }), {
  minLength: 1,
  maxLength: 25,
});

test('decodes the field blocks of the client for any table size', async () => {
  await fc.assert(
    fc.asyncProperty(fieldLists, fc.constantFrom(0, 100, 4_096, 65_536), async (lists, tableBytes) => {
      const [ours, theirs] = duplexPair();
      const session = client(theirs);
      const blocks: Buffer[] = [];
      const preface = new Preface();
      const decoder = decoderOf(1_000_000);
      const decoded: [string, string][][] = [];
      const reader = new FrameReader({
        onFrame(type, flags, _id, bytes, start, end) {
          if (type === Type.SETTINGS && (flags & ACK) !== 0) decoder.setMaxTableBytes(tableBytes);
          if (type !== Type.HEADERS && type !== Type.CONTINUATION) return;
          // With the PRIORITY flag, the first five bytes of HEADERS are not part of the block.
          blocks.push(
            Buffer.from(bytes.subarray(type === Type.HEADERS && (flags & PRIORITY) !== 0 ? start + 5 : start, end)),
          );
          if ((flags & END_HEADERS) !== 0) decoded.push(decodeBlock(decoder, Buffer.concat(blocks.splice(0))).fields);
        },
      });
      ours.on('data', (chunk: Buffer) => reader.read(chunk, preface.isComplete ? 0 : preface.read(chunk)));
      ours.write(Buffer.concat([settings([0x1, tableBytes]), SETTINGS_ACK]));
      await once(session, 'remoteSettings');
      const sent = lists.map((list) => {
        const fields: Record<string, string> = Object.fromEntries(list);
        session.request({ ':path': PATH, ...fields }, { endStream: true }).on('error', () => {});
        return fields;
      });
      while (decoded.length < sent.length) await new Promise((resolve) => setImmediate(resolve));
      for (const [index, fields] of sent.entries()) {
        expect(Object.fromEntries(decoded[index] ?? [])).toMatchObject({ ':path': PATH, ':method': 'GET', ...fields });
        // `:method`, `:scheme`, `:authority` and `:path`, then the others.
        expect(decoded[index]).toHaveLength(4 + Object.keys(fields).length);
      }
      ours.destroy();
      session.destroy();
    }),
    { numRuns: 60 },
  );
});

test('serves requests and responses of any size, padding, window and chunking', async () => {
  const padding = fc.constantFrom(
    constants.PADDING_STRATEGY_NONE,
    constants.PADDING_STRATEGY_MAX,
    // PADDING_STRATEGY_ALIGNED, which the types lack.
    1,
  );
  const size = fc.oneof(fc.nat(40), fc.integer({ min: 16_370, max: 16_400 }), fc.nat(64_000));
  const run = fc.record({
    sizes: fc.array(size, { minLength: 1, maxLength: 8 }),
    paddingStrategy: padding,
    initialWindowSize: fc.constantFrom(1_000, 16_384, 65_535, 1_000_000),
    headerTableSize: fc.constantFrom(0, 50, 4_096, 10_000),
    maxChunk: fc.constantFrom(37, 1_000, 100_000),
    fields: fc.dictionary(fieldName, fieldValue, { maxKeys: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ sizes, paddingStrategy, initialWindowSize, headerTableSize, maxChunk, fields }) => {
      const { server, errors, authorizations } = testServer();
      let chunks = 0;
      const [ours, theirs] = chunkedPair(() => 1 + ((chunks++ * 7_919) % maxChunk));
      server.accept(theirs);
      const session = client(ours, {
        paddingStrategy,
        settings: { initialWindowSize, headerTableSize, enablePush: false },
      });
      const contents = sizes.map((bytes, index) => Buffer.alloc(bytes, index + 1));
      const responses = await Promise.all(
        contents.map((each, index) => call(session, each, { ...fields, authorization: `Bearer ${index % 3}` })),
      );
      for (const [index, each] of contents.entries()) {
        expect(responses[index]).toEqual({ status: 200, grpcStatus: '0', content: message(each) });
      }
      expect(authorizations.toSorted()).toEqual(contents.map((_, index) => `Bearer ${index % 3}`).toSorted());
      expect(errors).toEqual([]);
      session.destroy();
      expect(server.stats).toMatchObject({ openStreams: 0, bufferedBytes: 0 });
    }),
    { numRuns: 40 },
  );
});

test('applies settings that the client changes later', async () => {
  const { server } = testServer();
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  const session = client(ours, { settings: { initialWindowSize: 10 } });
  const responses = [call(session, Buffer.alloc(50_000, 1)), call(session, Buffer.alloc(60_000, 2))];
  for (const initialWindowSize of [0, 5, 70_000]) {
    await new Promise<void>((resolve) => session.settings({ initialWindowSize, headerTableSize: 0 }, () => resolve()));
  }
  expect((await Promise.all(responses)).map(({ content }) => content.length)).toEqual([50_005, 60_005]);
  expect((await call(session, Buffer.from('x'))).grpcStatus).toBe('0');
});

test('drains without errors for the client', async () => {
  const { server } = testServer();
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  const session = client(ours);
  await call(session, Buffer.from('x'));
  const goAway = once(session, 'goaway');
  const drained = server.drain();
  expect((await goAway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
  await Promise.all([drained, once(session, 'close')]);
  expect(server.stats.connections).toBe(0);
});
