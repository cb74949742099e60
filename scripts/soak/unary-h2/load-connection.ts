import { connect, type Socket } from 'node:net';
import { Flag, FrameType, writeFrameHeader } from '../../../services/common/unary-h2/frames/frame.ts';
import { FrameReader } from '../../../services/common/unary-h2/frames/frame-reader.ts';
import { encodeFields } from '../../../services/common/unary-h2/hpack/encoder.ts';
import { METHOD } from './sample.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FIELDS = encodeFields([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', METHOD],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc+proto'],
  ['te', 'trailers'],
]);
/** A gRPC message as long as an IntrospectRequest. */
const MESSAGE = Buffer.concat([Buffer.of(0, 0, 0, 0, 45), Buffer.alloc(45, 0x61)]);
/** The identifier of the setting (RFC 9113 section 6.5.2). */
const SETTINGS_INITIAL_WINDOW_SIZE = 4;
/** The window of the connection, replenished when half of it is used, and of each stream. */
const WINDOW_BYTES = 65_535;

const frame = (type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer => {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.set(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, id));
  return bytes;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export interface LoadOptions {
  /** The number of responses after which the connection is closed or reset. */
  readonly requests: number;
  /** Concurrent streams. */
  readonly streams: number;
  /** Whether the connection is reset during requests instead of closed after them. */
  readonly resets: boolean;
}

/** A minimal client with one connection. It does not check the responses, but counts their trailers. */
export class LoadConnection {
  readonly #options: LoadOptions;
  readonly #socket: Socket;
  readonly #request = Buffer.concat([
    frame(FrameType.HEADERS, Flag.END_HEADERS, 1, FIELDS),
    frame(FrameType.DATA, Flag.END_STREAM, 1, MESSAGE),
  ]);
  #nextId = 1;
  #responses = 0;
  #dataBytes = 0;
  #pending: Buffer[] = [];

  constructor(port: number, options: LoadOptions) {
    this.#options = options;
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true);
  }

  /** Resolves with the number of responses when the connection has closed. */
  run(): Promise<number> {
    const reader = new FrameReader({
      onFrame: (type, flags, _id, _bytes, start, end) => this.#onFrame(type, flags, end - start),
    });
    const socket = this.#socket;
    const settings = Buffer.concat([Buffer.of(0, SETTINGS_INITIAL_WINDOW_SIZE), uint32(WINDOW_BYTES)]);
    socket.write(
      Buffer.concat([PREFACE, frame(FrameType.SETTINGS, 0, 0, settings), frame(FrameType.SETTINGS, Flag.ACK, 0)]),
    );
    for (let stream = 0; stream < this.#options.streams; stream++) this.#sendRequest();
    this.#flush();
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk, 0);
      this.#flush();
    });
    socket.on('error', () => {});
    return new Promise((resolve) => socket.on('close', () => resolve(this.#responses)));
  }

  #onFrame(type: number, flags: number, bytes: number): void {
    if (type === FrameType.DATA) this.#replenishWindow(bytes);
    if (type !== FrameType.HEADERS || (flags & Flag.END_STREAM) === 0) return;
    this.#responses++;
    const { requests, streams, resets } = this.#options;
    if (resets && this.#responses === requests) this.#socket.resetAndDestroy();
    else if (this.#responses + streams <= requests || resets) this.#sendRequest();
    else if (this.#responses === requests) this.#socket.end();
  }

  #sendRequest(): void {
    const bytes = Buffer.from(this.#request);
    bytes.writeUInt32BE(this.#nextId, 5);
    bytes.writeUInt32BE(this.#nextId, 9 + FIELDS.length + 5);
    this.#nextId += 2;
    this.#pending.push(bytes);
  }

  #replenishWindow(bytes: number): void {
    this.#dataBytes += bytes;
    if (this.#dataBytes * 2 < WINDOW_BYTES) return;
    this.#pending.push(frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(this.#dataBytes)));
    this.#dataBytes = 0;
  }

  #flush(): void {
    if (this.#pending.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(this.#pending));
    this.#pending = [];
  }
}
