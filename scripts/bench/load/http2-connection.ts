import type { Socket } from 'node:net';
import type { Connection, ConnectionEvents } from './connection.ts';
import type { Check } from './expectation.ts';
import { frameHeader, type Http2Requests } from './http2-requests.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEADER_BYTES = 9;
const FrameType = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, PING: 6, GOAWAY: 7, WINDOW_UPDATE: 8 } as const;
const END_STREAM = 0x1;
const ACK = 0x1;
const PADDED = 0x8;
const ENABLE_PUSH = 2;
const INITIAL_WINDOW_SIZE = 4;
const FIRST_WINDOW_BYTES = 65_535;
const MAX_WINDOW_BYTES = 2 ** 31 - 1;
/** Bytes received on the connection before its window is increased. */
const WINDOW_STEP_BYTES = 2 ** 30;

interface Pending {
  readonly startedAt: number;
  isAsExpected: boolean;
}

/**
 * A minimal HTTP/2 client: it sends prepared requests and respects the peer's connection window. A response is as expected if
 * one of its DATA frames passes the check. Response fields are not decoded, so this client costs about as little as h2load.
 */
export class Http2Connection implements Connection {
  readonly #socket: Socket;
  readonly #requests: Http2Requests;
  readonly #streams: number;
  readonly #check: Check;
  readonly #events: ConnectionEvents;
  readonly #pending = new Map<number, Pending>();
  #lastStreamId = -1;
  #sendWindow = FIRST_WINDOW_BYTES;
  #received = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, requests: Http2Requests, streams: number, check: Check, events: ConnectionEvents) {
    this.#socket = socket;
    this.#requests = requests;
    this.#streams = streams;
    this.#check = check;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.write(
      Buffer.concat([Buffer.from(PREFACE), clientSettings(), windowUpdate(MAX_WINDOW_BYTES - FIRST_WINDOW_BYTES)]),
    );
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  get free(): number {
    const { bodyBytes, left } = this.#requests;
    const free = Math.min(this.#streams - this.#pending.size, left);
    return bodyBytes === 0 ? free : Math.min(free, Math.floor(this.#sendWindow / bodyBytes));
  }

  begin(startedAt: readonly number[]): void {
    const bytes = Buffer.allocUnsafe(startedAt.length * this.#requests.maxBytes);
    let end = 0;
    for (const at of startedAt) {
      this.#lastStreamId += 2;
      end = this.#requests.write(bytes, end, this.#lastStreamId, this.#lastStreamId === 1);
      this.#pending.set(this.#lastStreamId, { startedAt: at, isAsExpected: false });
    }
    this.#sendWindow -= startedAt.length * this.#requests.bodyBytes;
    this.#socket.write(bytes.subarray(0, end));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const freeBefore = this.free;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.#onFrame(bytes, at, end);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (this.free > freeBefore) this.#events.onFree(this);
  }

  #onFrame(bytes: Buffer, header: number, end: number): void {
    const type = bytes[header + 3] as number;
    const flags = bytes[header + 4] as number;
    const streamId = bytes.readUInt32BE(header + 5);
    const at = header + FRAME_HEADER_BYTES;
    if (type === FrameType.DATA) this.#onData(bytes, at, end, streamId, flags);
    if ((type === FrameType.DATA || type === FrameType.HEADERS) && (flags & END_STREAM) !== 0) this.#onEnd(streamId);
    else if (type === FrameType.RST_STREAM) this.#onEnd(streamId);
    else if (type === FrameType.SETTINGS && (flags & ACK) === 0)
      this.#socket.write(frameHeader(0, FrameType.SETTINGS, ACK));
    else if (type === FrameType.PING && (flags & ACK) === 0) this.#acknowledgePing(bytes.subarray(at, end));
    else if (type === FrameType.WINDOW_UPDATE && streamId === 0) this.#sendWindow += bytes.readUInt32BE(at);
    else if (type === FrameType.GOAWAY) this.#events.onError(new Error(`GOAWAY ${bytes.readUInt32BE(at + 4)}`));
  }

  #onData(bytes: Buffer, at: number, end: number, streamId: number, flags: number): void {
    const pending = this.#pending.get(streamId);
    if (pending !== undefined && (flags & PADDED) === 0) pending.isAsExpected ||= this.#check(bytes, at, end);
    this.#received += end - at;
    if (this.#received < WINDOW_STEP_BYTES) return;
    this.#socket.write(windowUpdate(this.#received));
    this.#received = 0;
  }

  #onEnd(streamId: number): void {
    const pending = this.#pending.get(streamId);
    if (pending === undefined) return;
    this.#pending.delete(streamId);
    this.#events.onResponse(pending.startedAt, pending.isAsExpected);
  }

  #acknowledgePing(opaque: Buffer): void {
    this.#socket.write(Buffer.concat([frameHeader(opaque.length, FrameType.PING, ACK), opaque]));
  }
}

/** No push, and the largest windows. */
function clientSettings(): Buffer {
  const settings = Buffer.alloc(12);
  settings.writeUInt16BE(ENABLE_PUSH, 0);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 6);
  settings.writeUInt32BE(MAX_WINDOW_BYTES, 8);
  return Buffer.concat([frameHeader(settings.length, FrameType.SETTINGS, 0), settings]);
}

function windowUpdate(bytes: number): Buffer {
  const increment = Buffer.alloc(4);
  increment.writeUInt32BE(bytes);
  return Buffer.concat([frameHeader(increment.length, FrameType.WINDOW_UPDATE, 0), increment]);
}
