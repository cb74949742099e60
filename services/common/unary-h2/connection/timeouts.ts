import { ConnectionError, ErrorCode } from '../error-code.ts';
import type { FrameReader } from '../frames/frame-reader.ts';
import type { ServerContext } from './context.ts';
import type { Session } from './session.ts';

/** How often a connection is looked at without a call whose deadline is due: how late any timeout may be. */
const CHECK_INTERVAL_MS = 100;

/** A round trip, if the PING that measures it is not answered (RFC 9113 section 6.8: "at least one round-trip time"). */
const DRAIN_ROUND_TRIP_MS = 1_000;

/** Ages differ by up to this share, so that connections that began together do not end together. */
const AGE_JITTER = 0.1;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What a connection may take its time for. Each timeout runs from a beginning to its end and is not prolonged by octets
 * that trickle in, so that a slow loris gains nothing. Times are the server's clock.
 */
export class Timeouts {
  /** `check` is to be called then. */
  nextMs = 0;
  blockedSinceMs = NEVER;
  readonly #context: ServerContext;
  readonly #session: Session;
  readonly #reader: FrameReader;
  readonly #startedAtMs: number;
  readonly #oldAtMs: number;
  #tornSinceMs = NEVER;
  #tears = 0;
  #drainingSinceMs = NEVER;
  #idleSinceMs: number;
  #lastStreamId = 0;

  constructor(context: ServerContext, session: Session, reader: FrameReader) {
    this.#context = context;
    this.#session = session;
    this.#reader = reader;
    this.#startedAtMs = context.nowMs;
    const jitter = 1 + AGE_JITTER * (2 * Math.random() - 1);
    this.#oldAtMs = context.nowMs + context.limits.maxConnectionAgeMs * jitter;
    this.#idleSinceMs = context.nowMs;
  }

  /** Since when there has been no call; Infinity while there is one. */
  get idleSinceMs(): number {
    return this.#session.calls.streams.size > 0 ? NEVER : this.#idleSinceMs;
  }

  get isDraining(): boolean {
    return this.#drainingSinceMs !== NEVER;
  }

  drainStarted(): void {
    this.#drainingSinceMs = this.#context.nowMs;
  }

  /** To be called after each chunk: has a frame begun that has not ended, and is it still the same one? */
  hasRead(): void {
    if (!this.#reader.isWithinFrame) {
      this.#tornSinceMs = NEVER;
    } else if (this.#tears !== this.#reader.tears) {
      this.#tears = this.#reader.tears;
      this.#tornSinceMs = this.#context.nowMs;
    }
  }

  /** Throws ConnectionError for what has taken too long. Returns true if the connection has been idle for too long, or is old. */
  check(nowMs: number): boolean {
    this.#checkPeer(nowMs);
    if (nowMs - this.#drainingSinceMs >= DRAIN_ROUND_TRIP_MS) this.#session.finishDrain();
    this.nextMs = Math.min(this.#session.calls.check(nowMs), nowMs + CHECK_INTERVAL_MS);
    const { streams } = this.#session.calls;
    if (streams.size > 0 || streams.lastId !== this.#lastStreamId) this.#idleSinceMs = nowMs;
    this.#lastStreamId = streams.lastId;
    return nowMs >= this.#oldAtMs || nowMs - this.#idleSinceMs >= this.#context.limits.idleTimeoutMs;
  }

  #checkPeer(nowMs: number): void {
    const { handshakeTimeoutMs, frameTimeoutMs, stallTimeoutMs } = this.#context.limits;
    const { calls, requests, control } = this.#session;
    if (!control.settingsAcknowledged && nowMs - this.#startedAtMs >= handshakeTimeoutMs) {
      throw new ConnectionError(ErrorCode.SETTINGS_TIMEOUT, 'the handshake took too long');
    }
    const isBlockTorn = requests.blocks.streamId !== 0 && nowMs - requests.blocks.openedAtMs >= frameTimeoutMs;
    if (isBlockTorn || nowMs - this.#tornSinceMs >= frameTimeoutMs) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'a frame or a field block took too long');
    }
    const { outbox } = calls;
    const isStalled = nowMs - outbox.stalledSinceMs >= stallTimeoutMs;
    if (isStalled || nowMs - this.blockedSinceMs >= stallTimeoutMs) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the peer takes no answers');
    }
  }
}
