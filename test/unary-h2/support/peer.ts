import { type Duplex, duplexPair } from 'node:stream';
import { FrameReader } from '../../../services/common/unary-h2/frames/frame-reader.ts';
import type { HpackDecoder } from '../../../services/common/unary-h2/hpack/decoder.ts';
import type { UnaryServer } from '../../../services/common/unary-h2/unary-server.ts';
import { END_STREAM, type Frame, PREFACE, SETTINGS_ACK, settings, Type } from './frames.ts';
import { decodeBlock, decoderOf } from './hpack.ts';

const PATIENCE_MS = 5_000;
/** What no frame tells of is looked at this often. */
const POLL_MS = 10;

export interface Response {
  /** Fields of all HEADERS frames. */
  readonly fields: Record<string, string>;
  readonly content: Buffer;
}

/** A client that sends any octets at all and notes every frame that it gets. */
export class Peer {
  readonly frames: Frame[] = [];
  readonly duplex: Duplex;
  isClosed = false;
  readonly #decoder: HpackDecoder = decoderOf(1_000_000);
  readonly #responses = new Map<number, { fields: Record<string, string>; content: Buffer[]; ended: boolean }>();
  #changed: (() => void)[] = [];

  constructor(duplex: Duplex) {
    this.duplex = duplex;
    const reader = new FrameReader({
      frame: (type, flags, id, octets, start, end) =>
        this.#take({ type, flags, id, payload: Buffer.from(octets.subarray(start, end)) }),
    });
    duplex.on('data', (chunk: Buffer) => reader.read(chunk, 0));
    duplex.on('error', () => {});
    for (const event of ['end', 'close']) {
      duplex.on(event, () => {
        this.isClosed = true;
        this.#wake();
      });
    }
  }

  /** A peer of the server, through memory; with the handshake done unless it is told not to. */
  static connect(server: UnaryServer, { handshake = settings() }: { handshake?: Buffer | false } = {}): Peer {
    const [ours, theirs] = duplexPair();
    server.accept(theirs);
    const peer = new Peer(ours);
    if (handshake !== false) peer.send(PREFACE, handshake, SETTINGS_ACK);
    return peer;
  }

  send(...octets: readonly Buffer[]): void {
    if (!this.duplex.writableEnded && !this.duplex.destroyed) this.duplex.write(Buffer.concat(octets));
  }

  /** Waits until `find` finds something. */
  async until<T>(what: string, find: () => T | undefined): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const restMs = giveUpAt - performance.now();
      if (restMs <= 0) throw new Error(`waited in vain for ${what}; frames: ${JSON.stringify(this.frames.slice(-5))}`);
      await this.#change(Math.min(restMs, POLL_MS));
    }
  }

  frame(type: number, id = 0): Promise<Frame> {
    return this.until(`a frame of type ${type} on ${id}`, () =>
      this.frames.find((frame) => frame.type === type && frame.id === id),
    );
  }

  /** The code with which a stream was reset. */
  async resetCode(id: number): Promise<number> {
    return (await this.frame(Type.RST_STREAM, id)).payload.readUInt32BE(0);
  }

  /** The code with which the connection was closed, once it is closed. */
  async closeCode(): Promise<number | undefined> {
    await this.until('the end of the connection', () => (this.isClosed ? true : undefined));
    return this.goAways().at(-1)?.code;
  }

  goAways(): { lastId: number; code: number }[] {
    return this.frames
      .filter(({ type }) => type === Type.GOAWAY)
      .map(({ payload }) => ({ lastId: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }));
  }

  response(id: number): Promise<Response> {
    return this.until(`the response on ${id}`, () => {
      const response = this.#responses.get(id);
      if (!response?.ended) return undefined;
      return { fields: response.fields, content: Buffer.concat(response.content) };
    });
  }

  /** What has come of a response so far. */
  partOf(id: number): Buffer {
    return Buffer.concat(this.#responses.get(id)?.content ?? []);
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.type === Type.HEADERS || frame.type === Type.DATA) this.#takeResponse(frame);
    this.#wake();
  }

  #takeResponse({ type, flags, id, payload }: Frame): void {
    const response = this.#responses.get(id) ?? { fields: {}, content: [], ended: false };
    this.#responses.set(id, response);
    if (response.ended) throw new Error(`a frame after the end of ${id}`);
    if (type === Type.DATA) response.content.push(payload);
    else Object.assign(response.fields, Object.fromEntries(decodeBlock(this.#decoder, payload).fields));
    response.ended = (flags & END_STREAM) !== 0;
  }

  #change(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
