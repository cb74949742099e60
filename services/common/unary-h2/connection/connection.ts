import type { Duplex } from 'node:stream';
import { ConnectionError, ErrorCode } from '../error-code.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { Preface } from '../frames/preface.ts';
import { encodePreface } from '../frames/settings.ts';
import type { ServerContext, Transport } from './context.ts';
import type { Output } from './output.ts';
import { Session } from './session.ts';
import { Timeouts } from './timeouts.ts';

/**
 * How long what still arrives is dropped after the last octet was sent: closing at once would reset the connection, and
 * the GOAWAY could be lost with it (RFC 9112 section 9.6 tells the story for HTTP/1.1).
 */
const LINGER_MS = 1_000;

/** What a connection needs of its server. */
export interface ConnectionOwner {
  readonly output: Output;
  /** `flush` is to be called at the end of this turn. */
  schedule(connection: Connection): void;
  closed(connection: Connection): void;
}

/** The octets of a connection: read as they come, written once a turn, closed in order. */
export class Connection implements Transport {
  readonly #duplex: Duplex;
  readonly #context: ServerContext;
  readonly #owner: ConnectionOwner;
  readonly #preface = new Preface();
  readonly #session: Session;
  readonly #reader: FrameReader;
  readonly #timeouts: Timeouts;
  #isScheduled = false;
  /** The peer does not take what was written: nothing is read, and nothing more written, until it has. */
  #isBlocked = false;
  /** What it has not taken then (`maxWaitingBytes`). */
  #blockedBytes = 0;
  /** The last octet was sent or is about to be. */
  #isClosing = false;

  constructor(duplex: Duplex, context: ServerContext, owner: ConnectionOwner) {
    this.#duplex = duplex;
    this.#context = context;
    this.#owner = owner;
    this.#session = new Session(context, this);
    this.#reader = new FrameReader(this.#session);
    this.#timeouts = new Timeouts(context, this.#session, this.#reader);
    duplex.on('data', (chunk: Buffer) => this.#read(chunk));
    duplex.on('drain', () => this.#unblock());
    duplex.on('end', () => {
      this.flush();
      this.#end();
    });
    // What an error means to us, 'close' says too.
    duplex.on('error', () => {});
    duplex.on('close', () => this.#closed());
    duplex.write(encodePreface(context.limits));
  }

  wake(): void {
    if (this.#isScheduled || this.#isClosing) return;
    this.#isScheduled = true;
    this.#owner.schedule(this);
  }

  checkAt(timeMs: number): void {
    if (timeMs < this.#timeouts.nextMs) this.#timeouts.nextMs = timeMs;
  }

  /** Writes what this turn has brought, in one write. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosing || this.#isBlocked) return;
    try {
      this.#write();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Looks at what has taken too long. */
  check(): void {
    const { nowMs } = this.#context;
    if (nowMs < this.#timeouts.nextMs) return;
    if (this.#isClosing) {
      this.destroy();
      return;
    }
    try {
      if (this.#timeouts.check(nowMs)) this.drain();
    } catch (error) {
      this.#abort(error);
    }
  }

  /** Lets the client open no more streams, answers those that it has, and closes (RFC 9113 section 6.8). */
  drain(): void {
    if (this.#isClosing || this.#timeouts.isDraining) return;
    this.#timeouts.drainStarted();
    if (this.#session.control.hasPeerSettings) this.#session.announceDrain();
    else this.#session.finishDrain();
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  get isAuthenticated(): boolean {
    return this.#session.calls.isAuthenticated;
  }

  /** Since when there has been no call; Infinity while there is one. */
  get idleSinceMs(): number {
    return this.#timeouts.idleSinceMs;
  }

  /** Since when the server has waited for the peer to send or to take something; Infinity if it does not. */
  get waitingSinceMs(): number {
    return Math.min(this.#timeouts.blockedSinceMs, this.#session.calls.waitingSinceMs);
  }

  /** Makes room for another connection: calls that are not answered may be made again elsewhere. */
  replace(): void {
    const { outbox, streams } = this.#session.calls;
    outbox.control.goAway(streams.lastId, ErrorCode.NO_ERROR);
    this.#end(() => this.destroy());
    if (this.#isBlocked) this.destroy();
  }

  /** Ends it because its peer is too slow for `maxWaitingBytes`. Nothing could be said to it. */
  closeSlow(): void {
    this.#fail(new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the peer is among the slowest of too many'));
    this.#release();
  }

  #read(chunk: Buffer): void {
    if (this.#isClosing) return;
    this.#context.nowMs = performance.now();
    try {
      const at = this.#preface.complete ? 0 : this.#preface.read(chunk);
      if (at < chunk.length) this.#reader.read(chunk, at);
      this.#timeouts.hasRead();
    } catch (error) {
      this.#abort(error);
    }
  }

  #write(): void {
    const { output } = this.#owner;
    const { outbox, streams } = this.#session.calls;
    this.#session.requests.giveBack();
    const { limits, nowMs } = this.#context;
    outbox.write(output, limits.maxUnsentBytes, nowMs);
    if (output.length > 0 && !this.#duplex.write(output.take(this.#duplex.writableLength > 0))) this.#block();
    else if (outbox.hasReady) this.wake();
    if (this.#session.isFinal && streams.size === 0) this.#end();
  }

  #block(): void {
    this.#isBlocked = true;
    this.#timeouts.blockedSinceMs = this.#context.nowMs;
    this.#countBlocked(this.#duplex.writableLength);
    this.#duplex.pause();
  }

  #unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#timeouts.blockedSinceMs = Number.POSITIVE_INFINITY;
    this.#countBlocked(0);
    this.#duplex.resume();
    this.wake();
  }

  /** A connection error (RFC 9113 section 5.4.1): what is ready, then GOAWAY. Anything else thrown is a fault of ours. */
  #abort(error: unknown): void {
    if (!(error instanceof ConnectionError)) {
      this.#fail(error);
      return;
    }
    this.#context.stats.connectionErrors++;
    this.#context.onError(error);
    this.flush();
    const { outbox, streams } = this.#session.calls;
    outbox.control.goAway(streams.lastId, error.code);
    this.#end();
  }

  /** A fault of ours, or an answer that is none. What was written may be part of a frame: nothing can follow it. */
  #fail(error: unknown): void {
    this.#owner.output.discard();
    this.#context.stats.connectionErrors++;
    this.#context.onError(error);
    this.#isClosing = true;
    this.destroy();
  }

  #countBlocked(bytes: number): void {
    this.#context.stats.waitingBytes += bytes - this.#blockedBytes;
    this.#blockedBytes = bytes;
  }

  /** Sends what control frames there are, and ends our side. */
  #end(onSent?: () => void): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const { output } = this.#owner;
    const { calls } = this.#session;
    calls.outbox.writeControl(output);
    this.#duplex.end(output.take(this.#duplex.writableLength > 0), onSent);
    calls.cancelAll();
    this.#timeouts.nextMs = this.#context.nowMs + LINGER_MS;
    this.#duplex.resume();
  }

  #closed(): void {
    this.#isClosing = true;
    this.#release();
    this.#owner.closed(this);
  }

  #release(): void {
    this.#countBlocked(0);
    this.#session.calls.cancelAll();
  }
}
