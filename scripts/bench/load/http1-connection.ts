import type { Socket } from 'node:net';
import type { Body } from './body.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import type { Check } from './expectation.ts';
import type { Target } from './job.ts';

const END_OF_FIELDS = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** An HTTP/1.1 client that keeps its connection and has one request in flight. Responses must tell their length. */
export class Http1Connection implements Connection {
  readonly #socket: Socket;
  readonly #head: Buffer;
  readonly #body: Body;
  readonly #check: Check;
  readonly #events: ConnectionEvents;
  #startedAt: number | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, { port, path, fields }: Target, body: Body, check: Check, events: ConnectionEvents) {
    const all = { host: `127.0.0.1:${port}`, ...fields, 'content-length': String(body.bytes) };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    this.#head = Buffer.from([`POST ${path} HTTP/1.1`, ...lines].join('\r\n') + END_OF_FIELDS);
    this.#socket = socket;
    this.#body = body;
    this.#check = check;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  get inFlight(): number {
    return this.#startedAt === undefined ? 0 : 1;
  }

  get free(): number {
    return Math.min(1 - this.inFlight, this.#body.left);
  }

  begin([startedAt]: readonly number[]): void {
    this.#startedAt = startedAt;
    const bytes = Buffer.allocUnsafe(this.#head.length + this.#body.bytes);
    this.#head.copy(bytes);
    this.#body.write(bytes, this.#head.length);
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes;
    const fieldsEnd = bytes.indexOf(END_OF_FIELDS);
    if (fieldsEnd === -1) return;
    const fields = bytes.toString('latin1', 0, fieldsEnd);
    const length = Number(CONTENT_LENGTH.exec(fields)?.[1]);
    if (Number.isNaN(length)) this.#events.failed(new Error(`a response without a length: ${fields}`));
    const at = fieldsEnd + END_OF_FIELDS.length;
    if (!(bytes.length >= at + length)) return;
    this.#rest = bytes.subarray(at + length);
    const startedAt = this.#startedAt as number;
    this.#startedAt = undefined;
    this.#events.answered(startedAt, fields.startsWith('HTTP/1.1 200') && this.#check(bytes, at, at + length));
    this.#events.freed(this);
  }
}
