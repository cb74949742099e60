import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, HOLD_PATH, testServer } from './support/test-server.ts';

const { frame, headers, request, requestFields, Type } = h2;
const { END_HEADERS, END_STREAM } = h2;

const wholeMessage = h2.message('hello');

describe('stream errors (RFC 9113 section 5.4.2)', () => {
  const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, REFUSED_STREAM } = ErrorCode;
  const open = headers(1, 0, requestFields([], HOLD_PATH));
  const halfClosed = Buffer.concat([open, h2.data(1, END_STREAM, wholeMessage)]);
  const without = (name: string) => requestFields().filter(([each]) => each !== name);

  test.each<[string, number, ...Buffer[]]>([
    ['DATA after END_STREAM', STREAM_CLOSED, halfClosed, h2.data(1, 0, wholeMessage)],
    ['HEADERS after END_STREAM', STREAM_CLOSED, halfClosed, headers(1, END_STREAM)],
    ['DATA on a stream that the client has reset', STREAM_CLOSED, open, h2.reset(1), h2.data(1, 0, wholeMessage)],
    ['DATA on a stream that was skipped', STREAM_CLOSED, headers(3, 0), h2.data(1, 0, wholeMessage)],
    ['a WINDOW_UPDATE of 0', PROTOCOL_ERROR, open, h2.windowUpdate(1, 0)],
    ['a window above 2^31-1', FLOW_CONTROL_ERROR, open, h2.windowUpdate(1, 0x7fff_ffff)],
    ['trailers without END_STREAM', PROTOCOL_ERROR, open, headers(1, 0, [['x', '1']])],
    ['pseudo-header fields in trailers', PROTOCOL_ERROR, open, headers(1, END_STREAM, [[':path', '/']])],
    ['ill-formed trailers', PROTOCOL_ERROR, open, headers(1, END_STREAM, [['X', '1']])],
    // Malformed requests (sections 8.1.1, 8.2 and 8.3).
    ...[':method', ':scheme', ':path'].map((name): [string, number, Buffer] => [
      `no ${name}`,
      PROTOCOL_ERROR,
      headers(1, 0, without(name)),
    ]),
    ['a Host that differs from :authority', PROTOCOL_ERROR, headers(1, 0, requestFields([['host', 'other.test']]))],
    ['an empty path', PROTOCOL_ERROR, headers(1, 0, requestFields([], ''))],
    ['a duplicate path', PROTOCOL_ERROR, headers(1, 0, [[':path', '/'], ...requestFields()])],
    ['an unknown pseudo-header field', PROTOCOL_ERROR, headers(1, 0, [[':status', '200'], ...requestFields()])],
    [':protocol', PROTOCOL_ERROR, headers(1, 0, [[':protocol', 'websocket'], ...requestFields()])],
    ['a pseudo-header field after a regular one', PROTOCOL_ERROR, headers(1, 0, [...without(':path'), [':path', '/']])],
    ['an upper-case letter in a name', PROTOCOL_ERROR, headers(1, 0, requestFields([['X-Capital', '1']]))],
    ['a line feed in a value', PROTOCOL_ERROR, headers(1, 0, requestFields([['x', 'a\nb']]))],
    ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map(
      (name): [string, number, Buffer] => [name, PROTOCOL_ERROR, headers(1, 0, requestFields([[name, 'x']]))],
    ),
    ['te other than trailers', PROTOCOL_ERROR, headers(1, 0, [...without('te'), ['te', 'gzip']])],
    ['a content-length that is not a number', PROTOCOL_ERROR, headers(1, 0, requestFields([['content-length', '-1']]))],
    [
      'a content-length without content',
      PROTOCOL_ERROR,
      headers(1, END_STREAM, requestFields([['content-length', '5']])),
    ],
    [
      'a wrong content-length of malformed content',
      PROTOCOL_ERROR,
      headers(1, 0, requestFields([['content-length', '4']])),
      h2.data(1, END_STREAM, Buffer.from('xxxxx')),
    ],
    [
      'a wrong content-length, with trailers',
      PROTOCOL_ERROR,
      headers(1, 0, requestFields([['content-length', '9']])),
      h2.data(1, 0, wholeMessage),
      headers(1, END_STREAM, []),
    ],
    ['a wrong content-length', PROTOCOL_ERROR, request(1, 'hello', requestFields([['content-length', '9']]))],
  ])('%s', async (_name, code, ...frames) => {
    const peer = Peer.connect(testServer().server);
    peer.send(...frames);
    expect(await peer.resetCode(1)).toBe(code);
    peer.send(request(101, 'still there'));
    expect((await peer.response(101)).content).toEqual(framed('still there'));
    expect(peer.frames.filter(({ type, id }) => type === Type.RST_STREAM && id === 1)).toHaveLength(1);
    expect(peer.goAways()).toEqual([]);
  });

  test('refuses a stream above the limit, and still decodes its HEADERS', async () => {
    const { server, held } = testServer({ maxConcurrentStreams: 2 });
    const peer = Peer.connect(server);
    const hold = (id: number, block: Buffer) =>
      Buffer.concat([frame(Type.HEADERS, END_HEADERS, id, block), h2.data(id, END_STREAM, h2.message(`${id}`))]);
    const fields = encodeFields(requestFields([], HOLD_PATH));
    const indexed = Buffer.from([0x40, 1, 0x78, 1, 0x79]);
    peer.send(hold(1, fields), hold(3, fields), hold(5, Buffer.concat([fields, indexed])));
    expect(await peer.resetCode(5)).toBe(REFUSED_STREAM);
    held[0]?.call.respond(Buffer.from('done'));
    await peer.response(1);
    peer.send(hold(7, Buffer.concat([fields, Buffer.of(0xbe)])));
    await peer.until('the third call', () => held[2]);
    expect(held.map(({ content }) => content.toString())).toEqual(['1', '3', '7']);
  });
});
