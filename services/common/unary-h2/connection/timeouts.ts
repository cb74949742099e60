import { ConnectionError, ErrorCode } from '../error-code.ts';
import type { FrameReader } from '../frames/frame-reader.ts';
import type { ServerContext } from './context.ts';
import type { Session } from './session.ts';

/** Timeouts other than deadlines are checked this often. */
const CHECK_INTERVAL_MS = 100;

/** How long to wait for the acknowledgement of the server's PING (RFC 9113 section 6.8: "at least one round-trip time"). */
const DRAIN_ROUND_TRIP_MS = 1_000;

/** Keeps connections that were opened together from being closed together. */
const AGE_JITTER = 0.1;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The timeouts of a connection, on the monotonic clock. More bytes of a frame, field block or request extend none of them,
 * so a client cannot hold a connection by sending slowly.
 */
export class Timeouts {
  /** When the next check is due. */
  nextMs = 0;
  writeBlockedSinceMs = NEVER;
  readonly #context: ServerContext;
  readonly #session: Session;
  readonly #reader: FrameReader;
  readonly #startedAtMs: number;
  readonly #maxAgeAtMs: number;
  #partialSinceMs = NEVER;
  #partialFrames = 0;
  #drainingSinceMs = NEVER;
  #idleSinceMs: number;
  #lastStreamId = 0;

  constructor(context: ServerContext, session: Session, reader: FrameReader) {
    this.#context = context;
    this.#session = session;
    this.#reader = reader;
    this.#startedAtMs = context.nowMs;
    const jitter = 1 + AGE_JITTER * (2 * Math.random() - 1);
    this.#maxAgeAtMs = context.nowMs + context.limits.maxConnectionAgeMs * jitter;
    this.#idleSinceMs = context.nowMs;
  }

  /** When the last call ended (to within CHECK_INTERVAL_MS) or the connection was opened; Infinity while a call is open. */
  get idleSinceMs(): number {
    return this.#session.calls.streams.size > 0 ? NEVER : this.#idleSinceMs;
  }

  get isDraining(): boolean {
    return this.#drainingSinceMs !== NEVER;
  }

  onDrainStarted(): void {
    this.#drainingSinceMs = this.#context.nowMs;
  }

  /** Called after each chunk. */
  onRead(): void {
    if (!this.#reader.hasPartialFrame) {
      this.#partialSinceMs = NEVER;
    } else if (this.#partialFrames !== this.#reader.partialFrames) {
      this.#partialFrames = this.#reader.partialFrames;
      this.#partialSinceMs = this.#context.nowMs;
    }
  }

  /** Throws ConnectionError if the peer took too long. Returns true at the idle timeout or the maximum age. */
  check(nowMs: number): boolean {
    this.#checkPeer(nowMs);
    if (nowMs - this.#drainingSinceMs >= DRAIN_ROUND_TRIP_MS) this.#session.finishDrain();
    this.nextMs = Math.min(this.#session.calls.checkTimeouts(nowMs), nowMs + CHECK_INTERVAL_MS);
    const { streams } = this.#session.calls;
    if (streams.size > 0 || streams.lastId !== this.#lastStreamId) this.#idleSinceMs = nowMs;
    this.#lastStreamId = streams.lastId;
    return nowMs >= this.#maxAgeAtMs || nowMs - this.#idleSinceMs >= this.#context.limits.idleTimeoutMs;
  }

  #checkPeer(nowMs: number): void {
    const { handshakeTimeoutMs, frameTimeoutMs, stallTimeoutMs } = this.#context.limits;
    const { requests, control } = this.#session;
    if (!control.settingsAcknowledged && nowMs - this.#startedAtMs >= handshakeTimeoutMs) {
      throw new ConnectionError(ErrorCode.SETTINGS_TIMEOUT, 'the handshake took too long');
    }
    const isBlockLate = requests.blocks.streamId !== 0 && nowMs - requests.blocks.openedAtMs >= frameTimeoutMs;
    if (isBlockLate || nowMs - this.#partialSinceMs >= frameTimeoutMs) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'a frame or a field block took too long to arrive');
    }
    if (nowMs - this.writeBlockedSinceMs >= stallTimeoutMs) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the peer does not read responses');
    }
  }
}
