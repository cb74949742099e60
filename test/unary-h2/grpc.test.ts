import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { callInFlight, hold } from './support/call-in-flight.ts';
import * as h2 from './support/frames.ts';
import { Peer, type Response } from './support/peer.ts';
import { DETAILS, FAIL_PATH, framed, HOLD_PATH, THROW_PATH, testServer } from './support/test-server.ts';

const { END_STREAM, headers, message, request, requestFields } = h2;
const INITIAL_WINDOW_SIZE = 0x4;

const without = (name: string) => requestFields().filter(([each]) => each !== name);
const withContentType = (type: string) => [...without('content-type'), ['content-type', type]] as const;

const GZIP = requestFields([['grpc-encoding', 'gzip']]);
/** A request with a message that is flagged as compressed. */
const gzipRequest = (compressed: Buffer) => Buffer.concat([headers(1, 0, GZIP), h2.content(1, message(compressed, 1))]);

async function responseTo(bytes: Buffer, limits = {}): Promise<Response> {
  const peer = Peer.connect(testServer(limits).server);
  peer.send(bytes);
  return peer.response(1);
}

describe('rejects requests that are not gRPC with an HTTP status only', () => {
  test.each([
    ['GET', 405, [[':method', 'GET'], ...without(':method')]],
    ['no content-type', 415, without('content-type')],
    ['application/json', 415, withContentType('application/json')],
    ['application/grpc-web', 415, withContentType('application/grpc-web+proto')],
    ['application/grpc+json', 415, withContentType('application/grpc+json')],
    ['application/grpcx', 415, withContentType('application/grpcx')],
  ] as const)('%s: %i', async (_name, status, fields) => {
    const { fields: received, content } = await responseTo(headers(1, END_STREAM, fields));
    expect(received).toEqual({ ':status': `${status}`, ...(status === 405 && { allow: 'POST' }) });
    expect(content).toHaveLength(0);
  });
});

test.each([
  'application/grpc',
  'application/grpc+proto',
  'application/grpc;charset=utf-8',
  'Application/gRPC+proto ; x',
])('content-type %s is gRPC', async (type) => {
  const { fields } = await responseTo(request(1, '', withContentType(type)));
  expect(fields['grpc-status']).toBe('0');
});

test('accepts a request without te', async () => {
  expect((await responseTo(request(1, 'x', without('te')))).content).toEqual(framed('x'));
});

/** A request without END_STREAM in its HEADERS. */
const opened = (...frames: Buffer[]) => Buffer.concat([headers(1, 0), ...frames]);

describe('responds with an error status to', () => {
  const ended = (content: Buffer) => opened(h2.data(1, END_STREAM, content));
  test.each<[string, string, RegExp, Buffer]>([
    ['an unknown method', '12', /unknown method/, request(1, '', requestFields([], '/test.Service/Nothing'))],
    ['a path in another case', '12', /unknown method/, request(1, '', requestFields([], '/test.service/echo'))],
    ['grpc-encoding deflate', '12', /not supported/, request(1, '', requestFields([['grpc-encoding', 'deflate']]))],
    ['invalid gzip', '13', /decompressed/, gzipRequest(Buffer.from('no'))],
    ['truncated gzip', '13', /decompressed/, gzipRequest(gzipSync('hello').subarray(0, 12))],
    ['a decompressed message above the limit', '8', /too large/, gzipRequest(gzipSync(Buffer.alloc(1_001)))],
    ['the compressed flag without grpc-encoding', '13', /compressed flag/, ended(message('', 1))],
    ['a compressed flag of 2', '13', /compressed flag/, ended(message('', 2))],
    ['no message', '12', /no message/, headers(1, END_STREAM)],
    ['no message, by an empty DATA frame', '12', /no message/, opened(h2.data(1, END_STREAM))],
    ['no message, by trailers', '12', /no message/, opened(headers(1, END_STREAM, []))],
    ['two messages in one frame', '12', /more than one/, ended(Buffer.concat([message('a'), message('b')]))],
    [
      'two messages in two frames',
      '12',
      /more than one/,
      opened(h2.data(1, 0, message('a')), h2.content(1, message('b'))),
    ],
    ['one byte too many', '12', /more than one/, ended(Buffer.concat([message('a'), Buffer.of(0)]))],
    ['a truncated message', '13', /before its message was complete/, ended(message('hello').subarray(0, 8))],
    ['a truncated prefix', '13', /before its message was complete/, ended(Buffer.of(0, 0))],
    ['a message above the limit', '8', /too large/, request(1, Buffer.alloc(1_001))],
    [
      'a prefix with a length above the limit',
      '8',
      /too large/,
      opened(h2.data(1, 0, Buffer.of(0, 255, 255, 255, 255))),
    ],
    ['an invalid grpc-timeout', '13', /grpc-timeout/, request(1, '', requestFields([['grpc-timeout', '1s']]))],
    ['a timeout of 0', '4', /deadline/, request(1, '', requestFields([['grpc-timeout', '0n']]))],
    ['a request whose handler throws', '13', /^internal error$/, request(1, '', requestFields([], THROW_PATH))],
  ])('%s', async (_name, status, text, bytes) => {
    const { fields, content } = await responseTo(bytes, { maxMessageBytes: 1_000 });
    expect(fields).toMatchObject({ ':status': '200', 'content-type': 'application/grpc+proto', 'grpc-status': status });
    expect(fields['grpc-message']).toMatch(text);
    expect(content).toHaveLength(0);
    expect(fields['grpc-accept-encoding']).toBe(/not supported/.test(`${text}`) ? 'identity,gzip' : undefined);
  });
});

describe('requests and responses', () => {
  test('accepts a message of exactly the limit, in one frame or several', async () => {
    const content = Buffer.alloc(1_000, 7);
    const cut = [0, 400, 800].map((at) => h2.data(1, 0, message(content).subarray(at, at + 400)));
    for (const bytes of [request(1, content), opened(...cut, h2.data(1, END_STREAM))]) {
      const response = await responseTo(bytes, { maxMessageBytes: 1_000 });
      expect(response.content).toEqual(framed(content));
    }
  });

  test('accepts compressed and uncompressed messages with grpc-encoding gzip', async () => {
    const content = Buffer.alloc(1_000, 7);
    for (const bytes of [gzipRequest(gzipSync(content)), request(1, content, GZIP)]) {
      expect((await responseTo(bytes, { maxMessageBytes: 1_000 })).content).toEqual(framed(content));
    }
  });

  test('resets a request that gets its response before END_STREAM (RFC 9113 section 8.1)', async () => {
    const peer = Peer.connect(testServer().server);
    peer.send(headers(1, 0, requestFields([], '/no')));
    expect(await peer.resetCode(1)).toBe(ErrorCode.NO_ERROR);
    expect((await peer.response(1)).fields['grpc-status']).toBe('12');
    // Frames that were in flight are dropped.
    peer.send(h2.data(1, 0, message('late')), headers(1, END_STREAM, [['x', '1']]), request(3, 'x'));
    expect((await peer.response(3)).content).toEqual(framed('x'));
    expect(peer.frames.filter(({ id }) => id === 1)).toHaveLength(2);
  });

  test('sends a handler’s status: code, percent-encoded message, details in base64 without padding, trailers', async () => {
    const { fields } = await responseTo(request(1, '', requestFields([], FAIL_PATH)));
    expect(fields).toMatchObject({
      'grpc-status': '7',
      'grpc-message': 'n%C3%B6: 100 %25%0A',
      'grpc-status-details-bin': DETAILS.toString('base64').replaceAll('=', ''),
      'x-request-id': 'request-1',
    });
  });

  test('reports what a handler throws', async () => {
    const { server, errors } = testServer();
    const peer = Peer.connect(server);
    peer.send(request(1, '', requestFields([], THROW_PATH)));
    await peer.response(1);
    expect(errors).toEqual([new Error('thrown by a handler')]);
  });

  test('ignores further responses of a handler', async () => {
    const { server, peer, call } = await callInFlight();
    call.respond(Buffer.from('first'));
    call.fail({ code: 13, message: 'second' });
    call.respond(Buffer.from('third'));
    const { fields, content } = await peer.response(1);
    expect([fields['grpc-status'], content]).toEqual(['0', framed('first')]);
    call.respond(Buffer.from('after the end'));
    expect(server.stats).toMatchObject({ requests: 1, responded: 1, failed: 0, openStreams: 0, abandonedCalls: 0 });
  });
});

describe('authorization', () => {
  test('is passed to the handler unchanged', async () => {
    const { server, authorizations } = testServer();
    const peer = Peer.connect(server);
    peer.send(request(1, ''), request(3, '', requestFields([['authorization', 'Bearer \u00e9']])));
    await peer.response(3);
    expect(authorizations).toEqual([undefined, 'Bearer \u00e9']);
  });

  test('with several values is passed joined with commas', async () => {
    const { server, authorizations } = testServer();
    const peer = Peer.connect(server);
    const fields: [string, string][] = ['a', 'b', 'c'].map((value) => ['authorization', value]);
    peer.send(request(1, '', requestFields(fields)));
    await peer.response(1);
    expect(authorizations).toEqual(['a, b, c']);
  });
});

describe('the cache of decoded field blocks', () => {
  test('misses when the same block follows a change of the HPACK table', async () => {
    const { server, authorizations } = testServer();
    const peer = Peer.connect(server);
    const fields = encodeFields(requestFields());
    /** Adds `authorization` with this value to the table, where `newest` then refers to it. */
    const store = (value: string) => Buffer.concat([Buffer.of(0x57, value.length), Buffer.from(value)]);
    const newest = Buffer.of(0xbe);
    for (const [index, last] of [store('a'), newest, newest, store('b'), newest, newest].entries()) {
      const id = 2 * index + 1;
      const block = Buffer.concat([fields, last]);
      peer.send(h2.frame(h2.Type.HEADERS, h2.END_HEADERS, id, block), h2.data(id, END_STREAM, message('')));
      await peer.response(id);
    }
    expect(authorizations).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    expect(server.stats.headerCacheHits).toBe(2);
  });

  test('does not store blocks with a traceparent, which would replace a block that is repeated', async () => {
    const { server } = testServer();
    const peer = Peer.connect(server);
    const traced = (trace: number) =>
      ['traceparent', `00-${`${trace}`.padStart(32, 'a')}-b7ad6b7169203331-01`] as const;
    const blocks = Array.from({ length: 10 }, (_, trace) => [
      encodeFields(requestFields()),
      encodeFields(requestFields([traced(trace)])),
    ]);
    for (const [index, block] of blocks.flat().entries()) {
      const id = 2 * index + 1;
      peer.send(h2.frame(h2.Type.HEADERS, h2.END_HEADERS, id, block), h2.data(id, END_STREAM, message('')));
      await peer.response(id);
    }
    expect(server.stats.headerCacheHits).toBe(blocks.length - 1);
  });
});

describe('deadlines', () => {
  const holdWith = (timeout: string) => request(1, '', requestFields([['grpc-timeout', timeout]], HOLD_PATH));

  test.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['30S', 30_000],
    ['99999999m', 99_999_999],
    ['5000000u', 5_000],
  ])('grpc-timeout %s is %i ms from now', async (timeout, ms) => {
    const before = Date.now();
    const { call } = await callInFlight({}, holdWith(timeout));
    expect(call.deadline).toBeGreaterThanOrEqual(before + ms);
    expect(call.deadline).toBeLessThanOrEqual(Date.now() + ms);
  });

  test('are Infinity without grpc-timeout', async () => {
    expect((await callInFlight()).call.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test('end a call with DEADLINE_EXCEEDED; the handler’s response is ignored', async () => {
    const { server, peer, call } = await callInFlight({}, holdWith('30m'));
    expect(call.cancelled).toBe(false);
    expect((await peer.response(1)).fields['grpc-status']).toBe('4');
    expect(call.cancelled).toBe(true);
    expect(server.stats).toMatchObject({ deadlinesExceeded: 1, abandonedCalls: 1, openStreams: 0 });
    call.respond(Buffer.from('late'));
    peer.send(request(3, 'x'));
    await peer.response(3);
    expect(server.stats).toMatchObject({ responded: 1, abandonedCalls: 0 });
  });

  test.each(['', 'm', '1', '123456789m', '-1m', '1.5S', '1 S', 'S1'])('timeout %j is malformed', async (timeout) => {
    const { fields } = await responseTo(request(1, '', requestFields([['grpc-timeout', timeout]])));
    expect(fields['grpc-status']).toBe('13');
  });
});

describe('cancellation', () => {
  test('by RST_STREAM: sets `cancelled`, sends no response, and frees the stream only once the handler has responded', async () => {
    const { server, peer, call } = await callInFlight({ maxConcurrentStreams: 1 });
    peer.send(h2.reset(1), hold(3));
    expect(await peer.resetCode(3)).toBe(ErrorCode.REFUSED_STREAM);
    expect(call.cancelled).toBe(true);
    expect(server.stats).toMatchObject({ cancelled: 1, abandonedCalls: 1, streamsRefused: 1 });
    call.respond(Buffer.from('ignored'));
    peer.send(request(5, 'x'));
    await peer.response(5);
    expect(server.stats).toMatchObject({ abandonedCalls: 0, responded: 1 });
    expect(peer.frames.filter(({ id }) => id === 1)).toEqual([]);
  });

  test('by the end of the connection', async () => {
    const { server, peer, call } = await callInFlight();
    peer.duplex.destroy();
    await peer.until('the cancellation', () => call.cancelled);
    expect(server.stats).toMatchObject({ cancelled: 1, abandonedCalls: 1, openStreams: 0 });
    call.fail({ code: 14, message: '' });
    expect(server.stats.abandonedCalls).toBe(0);
    await peer.until('the end', () => server.stats.connections === 0);
  });

  test('of a response that flow control blocks', async () => {
    const { server } = testServer();
    const peer = Peer.connect(server, { handshake: h2.settings([INITIAL_WINDOW_SIZE, 0]) });
    peer.send(request(1, 'hello'));
    await peer.frame(h2.Type.HEADERS, 1);
    peer.send(h2.reset(1), h2.settings([INITIAL_WINDOW_SIZE, 65_535]), request(3, 'x'));
    await peer.response(3);
    expect(peer.receivedContent(1)).toHaveLength(0);
    expect(server.stats.openStreams).toBe(0);
  });
});

test('closes only the connection of an invalid response, and reports it', async () => {
  const { server, held, errors } = testServer();
  const [peer, other] = [Peer.connect(server), Peer.connect(server)];
  peer.send(hold(1), hold(3));
  other.send(hold(1));
  await peer.until('the calls', () => held[2]);
  held[0]?.call.respond(Buffer.from('a secret of the first connection'));
  held[1]?.call.respond(null as unknown as Uint8Array);
  held[2]?.call.respond(Buffer.from('for the other'));
  await peer.closeCode();
  expect(errors).toEqual([expect.any(TypeError)]);
  expect((await other.response(1)).content).toEqual(framed('for the other'));
  other.duplex.destroy();
  await peer.until('the end', () => server.stats.connections === 0);
});

test('responds to a client that half-closes the connection after its requests', async () => {
  const peer = Peer.connect(testServer().server);
  peer.duplex.end(request(1, 'last words'));
  expect((await peer.response(1)).content).toEqual(framed('last words'));
});

test('truncates and encodes any status message, and omits details that are too long', async () => {
  const { server, held } = testServer();
  const peer = Peer.connect(server);
  const messages = ['', ' ', '%', 'ä'.repeat(2_000), `${'x'.repeat(1_023)}%`, ' padded ', '\0\u007f\ud800'];
  for (const [index, text] of messages.entries()) {
    const id = 2 * index + 1;
    peer.send(hold(id));
    const { call } = await peer.until('the call', () => held[index]);
    call.fail({ code: 13, message: text, details: Buffer.alloc(100_000) });
    const { fields } = await peer.response(id);
    const encoded = fields['grpc-message'] ?? '';
    expect(encoded.length).toBeLessThanOrEqual(1_024);
    expect(encoded).toMatch(/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/);
    expect(
      Buffer.from(text)
        .toString()
        .startsWith(decodeURIComponent(encoded.replace(/(%[0-9A-F]{2})*$/, ''))),
    ).toBe(true);
    expect(fields['grpc-status-details-bin']).toBeUndefined();
  }
});
