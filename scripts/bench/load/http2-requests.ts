import type { Body } from './body.ts';
import type { Target } from './job.ts';

const FRAME_HEADER_BYTES = 9;
const DATA = 0x0;
const HEADERS = 0x1;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

/** RFC 7541: the static table ends at index 61. The dynamic table has 4,096 bytes by default, and a field an overhead of 32. */
const FIRST_DYNAMIC_INDEX = 62;
const FIELD_OVERHEAD = 32;
const TABLE_BYTES = 4_096;
const LITERAL_WITH_INDEXING = 0x40;
const LITERAL = 0x00;
const INDEXED = 0x80;
const MAX_ONE_BYTE_LENGTH = 0x7e;
/** Almost five seconds, in µs. The last digits vary. */
const TIMEOUT = ['grpc-timeout', '4999000u'] as const;
const TIMEOUT_DIGITS = 3;
/** W3C Trace Context, of a sampled trace. The first digits of the trace id vary. */
const TRACEPARENT = ['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`] as const;
/** The offset of the trace id in the encoded field: the representation and two lengths have one byte each. */
const TRACE_ID_AT = 'traceparent'.length + 3 + '00-'.length;
const TRACE_ID_DIGITS = 12;

/**
 * Encodes requests. The first one of a connection adds its fields to the peer's HPACK table and the others refer to them by
 * index, as those of gRPC clients and h2load do. Deadlines and `traceparent` vary, so they are not added.
 */
export class Http2Requests {
  /** The length of the longest request. */
  readonly maxBytes: number;
  /** The bytes that a request uses of the connection's window. */
  readonly bodyBytes: number;
  readonly #first: Buffer;
  readonly #later: Buffer;
  readonly #traced: Buffer;
  readonly #tracedEvery: number;
  readonly #traceIdAt: number;
  readonly #hasDeadlines: boolean;
  readonly #body: Body | undefined;

  #written = 0;

  constructor(
    { path, port, fields, hasDeadlines = false, tracedEvery = Number.POSITIVE_INFINITY }: Target,
    body: Body | undefined,
  ) {
    const all: [string, string][] = [
      [':method', body === undefined ? 'GET' : 'POST'],
      [':scheme', 'http'],
      [':authority', `127.0.0.1:${port}`],
      [':path', path],
      ...Object.entries(fields),
    ];
    if (all.reduce((sum, [name, value]) => sum + name.length + value.length + FIELD_OVERHEAD, 0) > TABLE_BYTES) {
      throw new Error('the fields do not fit into an HPACK table');
    }
    this.#body = body;
    this.bodyBytes = body?.bytes ?? 0;
    this.#hasDeadlines = hasDeadlines;
    const timeout = hasDeadlines ? literal(TIMEOUT, LITERAL) : Buffer.alloc(0);
    const last = FIRST_DYNAMIC_INDEX + all.length - 1;
    this.#first = this.#frames(Buffer.concat([...all.map((field) => literal(field)), timeout]));
    const indexes = all.map((_, index) => INDEXED | (last - index));
    const traceparent = literal(TRACEPARENT, LITERAL);
    this.#later = this.#frames(Buffer.from([...indexes, ...timeout]));
    this.#traced = this.#frames(Buffer.from([...indexes, ...traceparent, ...timeout]));
    this.#traceIdAt = FRAME_HEADER_BYTES + indexes.length + TRACE_ID_AT;
    this.#tracedEvery = tracedEvery;
    this.maxBytes = Math.max(this.#first.length, this.#traced.length) + this.bodyBytes;
  }

  get left(): number {
    return this.#body?.left ?? Number.POSITIVE_INFINITY;
  }

  /** Writes a request and returns where it ends. */
  write(target: Buffer, at: number, streamId: number, isFirst: boolean): number {
    const isTraced = ++this.#written % this.#tracedEvery === 0 && !isFirst;
    const frames = isFirst ? this.#first : isTraced ? this.#traced : this.#later;
    frames.copy(target, at);
    if (isTraced) target.write(digits(this.#written, TRACE_ID_DIGITS), at + this.#traceIdAt, 'latin1');
    target.writeUInt32BE(streamId, at + 5);
    const end = at + frames.length;
    if (this.#hasDeadlines) this.#varyTimeout(target, end, streamId);
    if (this.#body === undefined) return end;
    target.writeUInt32BE(streamId, end - 4);
    this.#body.write(target, end);
    return end + this.bodyBytes;
  }

  /** The timeout is the last field, so its unit precedes the header of the DATA frame. */
  #varyTimeout(target: Buffer, end: number, streamId: number): void {
    const unitAt = end - FRAME_HEADER_BYTES - 1;
    target.write(digits(streamId, TIMEOUT_DIGITS), unitAt - TIMEOUT_DIGITS, 'latin1');
  }

  /** A HEADERS frame and, if there is a body, the header of its DATA frame. */
  #frames(block: Buffer): Buffer {
    const headers = frameHeader(
      block.length,
      HEADERS,
      this.#body === undefined ? END_HEADERS | END_STREAM : END_HEADERS,
    );
    if (this.#body === undefined) return Buffer.concat([headers, block]);
    return Buffer.concat([headers, block, frameHeader(this.bodyBytes, DATA, END_STREAM)]);
  }
}

const digits = (value: number, count: number): string => String(value).slice(-count).padStart(count, '0');

/** The header of a frame; its stream id is 0. */
export function frameHeader(length: number, type: number, flags: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  return header;
}

function literal([name, value]: readonly [string, string], representation = LITERAL_WITH_INDEXING): Buffer {
  if (Math.max(name.length, value.length) > MAX_ONE_BYTE_LENGTH) throw new Error(`the field ${name} is too long`);
  return Buffer.concat([
    Buffer.of(representation, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}
