import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag, FrameType, MAX_31_BITS, read31Bits } from '../frames/frame.ts';
import { type PeerSettings, SETTING_BYTES } from '../frames/settings.ts';
import type { HpackDecoder } from '../hpack/decoder.ts';
import type { AbuseLimits } from './abuse-limits.ts';
import type { CallDispatcher } from './call-dispatcher.ts';
import type { ServerContext, Transport } from './context.ts';

/** A SETTINGS frame counts as one control frame per this many settings, rounded up. */
const SETTINGS_PER_CONTROL_FRAME = 16;

/** The frames that carry no part of a request (RFC 9113 section 6). */
export class ControlFrames {
  /** The client's first SETTINGS frame was received. */
  hasPeerSettings = false;
  /** The client has acknowledged the server's SETTINGS. */
  settingsAcknowledged = false;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #peer: PeerSettings;
  readonly #calls: CallDispatcher;
  readonly #decoder: HpackDecoder;
  readonly #abuseLimits: AbuseLimits;

  constructor(
    context: ServerContext,
    transport: Transport,
    peer: PeerSettings,
    calls: CallDispatcher,
    decoder: HpackDecoder,
    abuseLimits: AbuseLimits,
  ) {
    this.#context = context;
    this.#transport = transport;
    this.#peer = peer;
    this.#calls = calls;
    this.#decoder = decoder;
    this.#abuseLimits = abuseLimits;
  }

  /** RFC 9113 section 6.9. */
  windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    requireLength(end - start, 4);
    const increment = read31Bits(bytes, start);
    if (id === 0) this.#increaseConnectionWindow(increment);
    else this.#increaseStreamWindow(id, increment);
    this.#retryBlocked();
  }

  /** RFC 9113 section 6.4. */
  rstStream(id: number, start: number, end: number): void {
    requireStream(id);
    requireLength(end - start, 4);
    const stream = this.#calls.streams.get(id);
    if (stream === undefined) {
      this.#requireNotIdle(id);
    } else {
      this.#calls.cancel(stream);
      // Ends a draining connection if this was its last call.
      this.#transport.scheduleWrite();
      this.#abuseLimits.onStreamReset();
    }
  }

  /** RFC 9113 section 6.5. */
  settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    requireConnection(id);
    if ((flags & Flag.ACK) === 0) {
      this.#applySettings(bytes, start, end);
      return;
    }
    requireLength(end - start, 0);
    // The server sends SETTINGS once; further acknowledgements have no effect.
    if (!this.settingsAcknowledged) this.#decoder.setMaxTableBytes(this.#context.limits.headerTableBytes);
    this.settingsAcknowledged = true;
  }

  /** RFC 9113 section 6.7. Returns true for the acknowledgement of a PING with `sentData`. */
  ping(flags: number, id: number, bytes: Buffer, start: number, end: number, sentData: Buffer): boolean {
    requireConnection(id);
    requireLength(end - start, sentData.length);
    if ((flags & Flag.ACK) !== 0) return sentData.compare(bytes, start, end) === 0;
    this.#calls.sendQueue.control.acknowledgePing(bytes, start, end);
    this.#transport.scheduleWrite();
    return false;
  }

  /** Validates and ignores PRIORITY and GOAWAY, rejects PUSH_PROMISE, ignores unknown types (RFC 9113 section 4.1). */
  other(type: number, id: number, start: number, end: number): void {
    if (type === FrameType.PRIORITY) {
      requireStream(id);
      requireLength(end - start, 5);
    } else if (type === FrameType.GOAWAY) {
      // Nothing to do: streams that are open still get their responses.
      requireConnection(id);
      if (end - start < 8) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'GOAWAY is too short');
    } else if (type === FrameType.PUSH_PROMISE) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE from a client (RFC 9113 section 8.4)');
    }
  }

  #increaseConnectionWindow(increment: number): void {
    if (increment === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE with an increment of 0');
    if (!this.#calls.sendQueue.increaseWindow(increment)) throw windowTooLarge();
  }

  #increaseStreamWindow(id: number, increment: number): void {
    const stream = this.#calls.streams.get(id);
    if (stream === undefined) {
      this.#requireNotIdle(id);
    } else if (increment === 0) {
      this.#calls.reset(stream, ErrorCode.PROTOCOL_ERROR);
    } else {
      stream.sendWindow += increment;
      if (stream.sendWindow > MAX_31_BITS) this.#calls.reset(stream, ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  #applySettings(bytes: Buffer, start: number, end: number): void {
    for (
      let settings = (end - start) / SETTING_BYTES;
      settings > SETTINGS_PER_CONTROL_FRAME;
      settings -= SETTINGS_PER_CONTROL_FRAME
    ) {
      this.#abuseLimits.onControlFrame();
    }
    const { initialWindowBytes } = this.#peer;
    this.#peer.apply(bytes, start, end);
    this.hasPeerSettings = true;
    const { sendQueue } = this.#calls;
    sendQueue.setPeerTableBytes(this.#peer.minTableBytes);
    sendQueue.control.acknowledgeSettings();
    this.#transport.scheduleWrite();
    this.#adjustWindows(this.#peer.initialWindowBytes - initialWindowBytes);
  }

  /** A new initial size changes the window of every open stream (RFC 9113 section 6.9.2). */
  #adjustWindows(bytes: number): void {
    if (bytes === 0) return;
    for (const stream of this.#calls.streams) {
      stream.sendWindow += bytes;
      if (stream.sendWindow > MAX_31_BITS) throw windowTooLarge();
    }
    this.#retryBlocked();
  }

  #retryBlocked(): void {
    const { sendQueue } = this.#calls;
    if (sendQueue.blockedCount === 0) return;
    sendQueue.retryBlocked();
    this.#transport.scheduleWrite();
  }

  /** A frame for a closed stream may have been late. A frame for an idle stream is an error (RFC 9113 section 5.1). */
  #requireNotIdle(id: number): void {
    if (this.#calls.streams.isIdle(id)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `stream ${id} is idle`);
  }
}

export function requireStream(id: number): void {
  if (id === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a stream frame on stream 0');
}

function requireConnection(id: number): void {
  if (id !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a connection frame with a stream identifier');
}

function requireLength(actual: number, expected: number): void {
  if (actual !== expected)
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `frame of ${actual} bytes, expected ${expected}`);
}

const windowTooLarge = () => new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'flow-control window above 2^31-1');
