import { encodeFields } from '../../../services/common/unary-h2/hpack/encoder.ts';
import type { Fields } from './hpack.ts';

/** Frame types (RFC 9113 section 6). */
export const Type = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

// Flags.
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** An encoded frame, valid or not. */
export function frame(type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

export function settings(...values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.concat(values.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id), uint32(value)])));
  return frame(Type.SETTINGS, 0, 0, payload);
}

export const SETTINGS_ACK = frame(Type.SETTINGS, ACK, 0);

export const ping = (data = Buffer.from('12345678')): Buffer => frame(Type.PING, 0, 0, data);

export const windowUpdate = (id: number, increment: number): Buffer =>
  frame(Type.WINDOW_UPDATE, 0, id, uint32(increment));

/** RST_STREAM, by default with CANCEL. */
export const reset = (id: number, code = 8): Buffer => frame(Type.RST_STREAM, 0, id, uint32(code));

export const data = (id: number, flags: number, payload: Uint8Array = Buffer.alloc(0)): Buffer =>
  frame(Type.DATA, flags, id, payload);

/** Payload of a padded frame. */
export const padded = (content: Uint8Array, padding: number): Buffer =>
  Buffer.concat([Buffer.of(padding), content, Buffer.alloc(padding)]);

export const PATH = '/test.Service/Echo';

/** The header section of a gRPC request. */
export const requestFields = (more: Fields = [], path = PATH): Fields => [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', path],
  [':authority', 'unary-h2.test'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
  ...more,
];

export const headers = (id: number, flags: number, fields: Fields = requestFields()): Buffer =>
  frame(Type.HEADERS, END_HEADERS | flags, id, encodeFields(fields));

/** A Length-Prefixed-Message of gRPC. `compressed`: its Compressed-Flag. */
export function message(content: Uint8Array | string, compressed = 0): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.of(compressed), uint32(bytes.length), bytes]);
}

/** DATA frames of at most 16 KiB; the last one has END_STREAM. */
export function content(id: number, bytes: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 16_384) {
    const flags = at + 16_384 >= bytes.length ? END_STREAM : 0;
    frames.push(data(id, flags, bytes.subarray(at, at + 16_384)));
  }
  return Buffer.concat(frames);
}

/** A whole request: a HEADERS frame and one or more DATA frames. */
export const request = (id: number, bytes: Uint8Array | string, fields?: Fields): Buffer =>
  Buffer.concat([headers(id, 0, fields), content(id, message(bytes))]);

/** The frames of `count` streams of a client, from stream `first` on. */
export const eachStream = (count: number, framesOf: (id: number) => Buffer, first = 1): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => framesOf(first + 2 * index)));
