import { type Duplex, duplexPair } from 'node:stream';
import { FrameReader } from '../../../services/common/unary-h2/frames/frame-reader.ts';
import type { HpackDecoder } from '../../../services/common/unary-h2/hpack/decoder.ts';
import type { UnaryServer } from '../../../services/common/unary-h2/unary-server.ts';
import { END_STREAM, type Frame, PREFACE, SETTINGS_ACK, settings, Type } from './frames.ts';
import { decodeBlock, decoderOf } from './hpack.ts';

/** Only to end tests that hang: a busy machine may be slow. */
const TIMEOUT_MS = 30_000;
/** How often `until` checks its condition while no frame arrives. */
const POLL_MS = 10;

export interface Response {
  /** Fields of all HEADERS frames. */
  readonly fields: Record<string, string>;
  readonly content: Buffer;
}

/** A client that sends any bytes and records the frames it receives. */
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
      onFrame: (type, flags, id, bytes, start, end) =>
        this.#take({ type, flags, id, payload: Buffer.from(bytes.subarray(start, end)) }),
    });
    duplex.on('data', (chunk: Buffer) => reader.read(chunk, 0));
    duplex.on('error', () => {});
    for (const event of ['end', 'close']) {
      duplex.on(event, () => {
        this.isClosed = true;
        this.#notify();
      });
    }
  }

  /** Connects in memory. Sends the client's handshake, with `handshake` as its SETTINGS frame, unless that is false. */
  static connect(server: UnaryServer, { handshake = settings() }: { handshake?: Buffer | false } = {}): Peer {
    const [ours, theirs] = duplexPair();
    server.accept(theirs);
    const peer = new Peer(ours);
    if (handshake !== false) peer.send(PREFACE, handshake, SETTINGS_ACK);
    return peer;
  }

  send(...bytes: readonly Buffer[]): void {
    if (!this.duplex.writableEnded && !this.duplex.destroyed) this.duplex.write(Buffer.concat(bytes));
  }

  /** Waits until `find` returns anything but undefined and false, and returns it. */
  async until<T>(what: string, find: () => T | undefined | false): Promise<T> {
    const giveUpAt = performance.now() + TIMEOUT_MS;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      const restMs = giveUpAt - performance.now();
      if (restMs <= 0)
        throw new Error(`timed out waiting for ${what}; frames: ${JSON.stringify(this.frames.slice(-5))}`);
      await this.#change(Math.min(restMs, POLL_MS));
    }
  }

  frame(type: number, id = 0): Promise<Frame> {
    return this.until(`a frame of type ${type} on stream ${id}`, () =>
      this.frames.find((frame) => frame.type === type && frame.id === id),
    );
  }

  /** The code of the stream's RST_STREAM. */
  async resetCode(id: number): Promise<number> {
    return (await this.frame(Type.RST_STREAM, id)).payload.readUInt32BE(0);
  }

  /** Waits for the end of the connection and returns the code of the last GOAWAY; undefined if there was none. */
  async closeCode(): Promise<number | undefined> {
    await this.until('the end of the connection', () => this.isClosed);
    return this.goAways().at(-1)?.code;
  }

  goAways(): { lastId: number; code: number }[] {
    return this.frames
      .filter(({ type }) => type === Type.GOAWAY)
      .map(({ payload }) => ({ lastId: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }));
  }

  response(id: number): Promise<Response> {
    return this.until(`the response on stream ${id}`, () => {
      const response = this.#responses.get(id);
      if (!response?.ended) return undefined;
      return { fields: response.fields, content: Buffer.concat(response.content) };
    });
  }

  /** The content received so far. */
  receivedContent(id: number): Buffer {
    return Buffer.concat(this.#responses.get(id)?.content ?? []);
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.type === Type.HEADERS || frame.type === Type.DATA) this.#takeResponse(frame);
    this.#notify();
  }

  #takeResponse({ type, flags, id, payload }: Frame): void {
    const response = this.#responses.get(id) ?? { fields: {}, content: [], ended: false };
    this.#responses.set(id, response);
    if (response.ended) throw new Error(`a frame after END_STREAM on stream ${id}`);
    if (type === Type.DATA) response.content.push(payload);
    else Object.assign(response.fields, Object.fromEntries(decodeBlock(this.#decoder, payload).fields));
    response.ended = (flags & END_STREAM) !== 0;
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
