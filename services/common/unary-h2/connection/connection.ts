import type { Duplex } from 'node:stream';
import { ConnectionError, ErrorCode } from '../error-code.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { Preface } from '../frames/preface.ts';
import { encodePreface } from '../frames/settings.ts';
import type { ServerContext, Transport } from './context.ts';
import { endAndLinger } from './linger.ts';
import type { Output } from './output.ts';
import { Session } from './session.ts';
import { Timeouts } from './timeouts.ts';

/** What a connection needs from its server. */
export interface ConnectionOwner {
  readonly output: Output;
  /** Calls `flush` at the end of this turn. */
  scheduleFlush(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** Reads and writes the byte stream of an HTTP/2 connection: one write per event-loop turn. */
export class Connection implements Transport {
  readonly #duplex: Duplex;
  readonly #context: ServerContext;
  readonly #owner: ConnectionOwner;
  readonly #preface = new Preface();
  readonly #session: Session;
  readonly #reader: FrameReader;
  readonly #timeouts: Timeouts;
  #isScheduled = false;
  /** The duplex is above its highWaterMark: neither read nor written until it drains. */
  #isWriteBlocked = false;
  /** The unsent bytes in the duplex while it is blocked; they count towards `maxPendingBytes`. */
  #unsentBytes = 0;
  /** The last write was made, or the connection has failed. Input is discarded. */
  #isClosing = false;

  constructor(duplex: Duplex, context: ServerContext, owner: ConnectionOwner, peerName?: string) {
    this.#duplex = duplex;
    this.#context = context;
    this.#owner = owner;
    this.#session = new Session(context, this, peerName);
    this.#reader = new FrameReader(this.#session);
    this.#timeouts = new Timeouts(context, this.#session, this.#reader);
    duplex.on('data', (chunk: Buffer) => this.#read(chunk));
    duplex.on('drain', () => this.#onDrain());
    duplex.on('end', () => {
      this.flush();
      this.#end();
    });
    // 'close' follows and cleans up.
    duplex.on('error', () => {});
    duplex.on('close', () => this.#onClosed());
    duplex.write(encodePreface(context.limits));
  }

  scheduleWrite(): void {
    if (this.#isScheduled || this.#isClosing) return;
    this.#isScheduled = true;
    this.#owner.scheduleFlush(this);
  }

  scheduleCheck(timeMs: number): void {
    if (timeMs < this.#timeouts.nextMs) this.#timeouts.nextMs = timeMs;
  }

  /** Writes what is queued, up to `maxUnsentBytes`; the rest follows in later turns. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosing || this.#isWriteBlocked) return;
    try {
      this.#write();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends calls that have timed out; drains or closes the connection if one of its timeouts has passed. */
  checkTimeouts(): void {
    const { nowMs } = this.#context;
    if (this.#isClosing || nowMs < this.#timeouts.nextMs) return;
    try {
      if (this.#timeouts.check(nowMs)) this.drain();
    } catch (error) {
      this.#abort(error);
    }
  }

  /** Asks the client to open no more streams, and closes when those that are open have ended (RFC 9113 section 6.8). */
  drain(): void {
    if (this.#isClosing || this.#timeouts.isDraining) return;
    this.#timeouts.onDrainStarted();
    if (this.#session.control.hasPeerSettings) this.#session.startDrain();
    else this.#session.finishDrain();
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  get isAuthenticated(): boolean {
    return this.#session.calls.isAuthenticated;
  }

  /** When the last call ended, or the connection was opened; Infinity while a call is open. */
  get idleSinceMs(): number {
    return this.#timeouts.idleSinceMs;
  }

  /** When the oldest data that is pending on the peer became pending; Infinity if there is none. */
  get pendingSinceMs(): number {
    return Math.min(this.#timeouts.writeBlockedSinceMs, this.#session.calls.pendingSinceMs);
  }

  /** Closes the connection in favor of a new one. */
  evict(): void {
    // A peer that has not read earlier output would not get the GOAWAY either.
    const hasUnsent = this.#duplex.writableLength > 0;
    this.#session.goAway(ErrorCode.NO_ERROR);
    this.#end(() => this.destroy());
    if (hasUnsent) this.destroy();
  }

  /** Closes the connection because of `maxPendingBytes`, without a GOAWAY, which a peer that does not read would not get. */
  closeAsSlow(): void {
    this.#fail(new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the peer is too slow and maxPendingBytes is reached'));
    this.#release();
  }

  #read(chunk: Buffer): void {
    if (this.#isClosing) return;
    this.#context.nowMs = performance.now();
    try {
      const at = this.#preface.isComplete ? 0 : this.#preface.read(chunk);
      if (at < chunk.length) this.#reader.read(chunk, at);
      this.#timeouts.onRead();
    } catch (error) {
      this.#abort(error);
    }
  }

  #write(): void {
    const { output } = this.#owner;
    const { sendQueue, streams } = this.#session.calls;
    this.#session.requests.replenishWindows();
    const { limits } = this.#context;
    sendQueue.write(output, limits.maxUnsentBytes);
    if (output.length > 0 && !this.#duplex.write(output.take(this.#duplex.writableLength > 0))) this.#onWriteBlocked();
    else if (sendQueue.hasReady) this.scheduleWrite();
    if (this.#session.hasSentFinalGoAway && streams.size === 0) this.#end();
  }

  #onWriteBlocked(): void {
    this.#isWriteBlocked = true;
    this.#timeouts.writeBlockedSinceMs = this.#context.nowMs;
    this.#setUnsentBytes(this.#duplex.writableLength);
    this.#duplex.pause();
  }

  #onDrain(): void {
    if (!this.#isWriteBlocked) return;
    this.#isWriteBlocked = false;
    this.#timeouts.writeBlockedSinceMs = Number.POSITIVE_INFINITY;
    this.#setUnsentBytes(0);
    this.#duplex.resume();
    this.scheduleWrite();
  }

  /** A connection error (RFC 9113 section 5.4.1): flushes, then sends GOAWAY. Anything else is an internal error. */
  #abort(error: unknown): void {
    if (!(error instanceof ConnectionError)) {
      this.#fail(error);
      return;
    }
    this.#context.stats.connectionErrors++;
    this.#context.onError(error);
    this.flush();
    this.#session.goAway(error.code);
    this.#end();
  }

  /** An internal error, an invalid response, or a peer that is too slow. Output may end within a frame, so no GOAWAY can follow. */
  #fail(error: unknown): void {
    this.#owner.output.discard();
    this.#context.stats.connectionErrors++;
    this.#context.onError(error);
    this.#isClosing = true;
    this.destroy();
  }

  #setUnsentBytes(bytes: number): void {
    this.#context.stats.pendingBytes += bytes - this.#unsentBytes;
    this.#unsentBytes = bytes;
  }

  /** Sends queued control frames and ends the server's side. Input is read and discarded until the connection is closed. */
  #end(onSent?: () => void): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const { output } = this.#owner;
    const { calls } = this.#session;
    calls.sendQueue.writeControl(output);
    endAndLinger(this.#duplex, output.take(this.#duplex.writableLength > 0), onSent);
    calls.cancelAll();
    this.#duplex.resume();
  }

  #onClosed(): void {
    this.#isClosing = true;
    this.#release();
    this.#owner.onClosed(this);
  }

  #release(): void {
    this.#setUnsentBytes(0);
    this.#session.calls.cancelAll();
  }
}
