import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, testServer } from './support/test-server.ts';

const { frame, headers, request, Type } = h2;
const { END_HEADERS, END_STREAM, PADDED, PRIORITY } = h2;

const block = encodeFields(h2.requestFields());

describe('connection errors (RFC 9113 section 5.4.1)', () => {
  const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, COMPRESSION_ERROR } = ErrorCode;

  test.each<[string, number, ...Buffer[]]>([
    // Stream identifiers (section 6).
    ['DATA on stream 0', PROTOCOL_ERROR, h2.data(0, 0)],
    ['HEADERS on stream 0', PROTOCOL_ERROR, headers(0, 0)],
    ['PRIORITY on stream 0', PROTOCOL_ERROR, frame(Type.PRIORITY, 0, 0, Buffer.alloc(5))],
    ['RST_STREAM on stream 0', PROTOCOL_ERROR, h2.reset(0)],
    ['CONTINUATION on stream 0', PROTOCOL_ERROR, frame(Type.CONTINUATION, END_HEADERS, 0)],
    ['SETTINGS on a stream', PROTOCOL_ERROR, frame(Type.SETTINGS, 0, 1)],
    ['PING on a stream', PROTOCOL_ERROR, frame(Type.PING, 0, 1, Buffer.alloc(8))],
    ['GOAWAY on a stream', PROTOCOL_ERROR, frame(Type.GOAWAY, 0, 1, Buffer.alloc(8))],
    // Sizes (sections 4.2 and 6).
    ['a frame above 16 KiB', FRAME_SIZE_ERROR, headers(1, 0), h2.data(1, 0, Buffer.alloc(16_385))],
    ['a PRIORITY of 4 bytes', FRAME_SIZE_ERROR, frame(Type.PRIORITY, 0, 1, Buffer.alloc(4))],
    ['an RST_STREAM of 3 bytes', FRAME_SIZE_ERROR, headers(1, 0), frame(Type.RST_STREAM, 0, 1, Buffer.alloc(3))],
    ['SETTINGS of 5 bytes', FRAME_SIZE_ERROR, frame(Type.SETTINGS, 0, 0, Buffer.alloc(5))],
    ['an acknowledgement with settings', FRAME_SIZE_ERROR, frame(Type.SETTINGS, h2.ACK, 0, Buffer.alloc(6))],
    ['a PING of 7 bytes', FRAME_SIZE_ERROR, frame(Type.PING, 0, 0, Buffer.alloc(7))],
    ['a GOAWAY of 7 bytes', FRAME_SIZE_ERROR, frame(Type.GOAWAY, 0, 0, Buffer.alloc(7))],
    ['a WINDOW_UPDATE of 5 bytes', FRAME_SIZE_ERROR, frame(Type.WINDOW_UPDATE, 0, 0, Buffer.alloc(5))],
    ['PADDED without Pad Length', FRAME_SIZE_ERROR, headers(1, 0), frame(Type.DATA, PADDED, 1)],
    [
      'HEADERS shorter than a priority',
      FRAME_SIZE_ERROR,
      frame(Type.HEADERS, END_HEADERS | PRIORITY, 1, Buffer.alloc(4)),
    ],
    // Padding (sections 6.1 and 6.2).
    ['padding as long as DATA', PROTOCOL_ERROR, headers(1, 0), frame(Type.DATA, PADDED, 1, Buffer.of(3, 0, 0))],
    ['padding as long as HEADERS', PROTOCOL_ERROR, frame(Type.HEADERS, END_HEADERS | PADDED, 1, Buffer.of(1))],
    [
      'padding that overlaps the priority',
      PROTOCOL_ERROR,
      frame(Type.HEADERS, END_HEADERS | PADDED | PRIORITY, 1, h2.padded(Buffer.alloc(4), 1)),
    ],
    [
      'HEADERS too short for Pad Length and priority',
      FRAME_SIZE_ERROR,
      frame(Type.HEADERS, END_HEADERS | PADDED | PRIORITY, 1, h2.padded(Buffer.alloc(4), 0)),
    ],
    // Settings (section 6.5.2).
    ['ENABLE_PUSH 2', PROTOCOL_ERROR, h2.settings([0x2, 2])],
    ['INITIAL_WINDOW_SIZE 2^31', FLOW_CONTROL_ERROR, h2.settings([0x4, 0x8000_0000])],
    ['MAX_FRAME_SIZE 16,383', PROTOCOL_ERROR, h2.settings([0x5, 16_383])],
    ['MAX_FRAME_SIZE 2^24', PROTOCOL_ERROR, h2.settings([0x5, 0x100_0000])],
    // Windows (section 6.9).
    ['a WINDOW_UPDATE of 0 on the connection', PROTOCOL_ERROR, h2.windowUpdate(0, 0)],
    ['a connection window above 2^31-1', FLOW_CONTROL_ERROR, h2.windowUpdate(0, 0x7fff_ffff)],
    [
      'DATA above the connection’s window',
      FLOW_CONTROL_ERROR,
      headers(1, 0),
      ...new Array(80).fill(h2.data(1, 0, Buffer.alloc(16_384))),
    ],
    // States (section 5.1).
    ['DATA on an idle stream', PROTOCOL_ERROR, h2.data(1, 0)],
    ['RST_STREAM on an idle stream', PROTOCOL_ERROR, h2.reset(1)],
    ['WINDOW_UPDATE on an idle stream', PROTOCOL_ERROR, h2.windowUpdate(1, 1)],
    ['WINDOW_UPDATE on a server-initiated stream', PROTOCOL_ERROR, headers(5, 0), h2.windowUpdate(2, 1)],
    ['HEADERS on an even stream', PROTOCOL_ERROR, headers(2, 0)],
    ['HEADERS on a stream that was skipped', STREAM_CLOSED, headers(5, 0), headers(3, 0)],
    [
      'HEADERS on a stream that the client has reset',
      STREAM_CLOSED,
      headers(1, 0),
      h2.reset(1),
      headers(1, END_STREAM),
    ],
    ['PUSH_PROMISE', PROTOCOL_ERROR, frame(Type.PUSH_PROMISE, END_HEADERS, 1, Buffer.alloc(4))],
    // Field blocks (sections 4.3 and 6.10).
    ['CONTINUATION without HEADERS', PROTOCOL_ERROR, frame(Type.CONTINUATION, END_HEADERS, 1, block)],
    ['CONTINUATION after END_HEADERS', PROTOCOL_ERROR, headers(1, 0), frame(Type.CONTINUATION, END_HEADERS, 1)],
    [
      'CONTINUATION of another stream',
      PROTOCOL_ERROR,
      frame(Type.HEADERS, 0, 1),
      frame(Type.CONTINUATION, END_HEADERS, 3),
    ],
    ['PING within a field block', PROTOCOL_ERROR, frame(Type.HEADERS, 0, 1), h2.ping()],
    ['an unknown frame within a field block', PROTOCOL_ERROR, frame(Type.HEADERS, 0, 1), frame(0xbe, 0, 1)],
    ['HEADERS within a field block', PROTOCOL_ERROR, frame(Type.HEADERS, 0, 1), headers(3, 0)],
    ['an invalid field block', COMPRESSION_ERROR, frame(Type.HEADERS, END_HEADERS, 1, Buffer.of(0x80))],
    [
      'invalid trailers',
      COMPRESSION_ERROR,
      headers(1, 0),
      frame(Type.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.of(0x80)),
    ],
  ])('%s', async (_name, code, ...frames) => {
    const { server, authorizations, errors } = testServer();
    const other = Peer.connect(server);
    const peer = Peer.connect(server);
    peer.send(...frames);
    expect(await peer.closeCode()).toBe(code);
    expect(errors).toEqual([expect.objectContaining({ name: 'ConnectionError', code })]);
    // No handler was called.
    expect(authorizations).toEqual([]);
    other.send(request(1, 'unharmed'));
    expect((await other.response(1)).content).toEqual(framed('unharmed'));
  });

  test.each<[string, Buffer]>([
    ['one wrong byte', Buffer.from(h2.PREFACE).fill('X', 23)],
    ['no SETTINGS', Buffer.concat([h2.PREFACE, h2.ping()])],
    ['only an acknowledgement', Buffer.concat([h2.PREFACE, h2.SETTINGS_ACK])],
  ])('invalid preface: %s', async (_name, bytes) => {
    const peer = Peer.connect(testServer().server, { handshake: false });
    peer.send(bytes);
    expect(await peer.closeCode()).toBe(PROTOCOL_ERROR);
  });

  test('sends the last stream in GOAWAY and responds to earlier complete requests', async () => {
    const peer = Peer.connect(testServer().server);
    peer.send(request(1, 'a'), request(5, 'b'), h2.data(0, 0));
    await peer.closeCode();
    expect(peer.goAways()).toEqual([{ lastId: 5, code: PROTOCOL_ERROR }]);
    expect((await peer.response(5)).content).toEqual(framed('b'));
  });
});
