import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag, FrameType, MAX_31_BITS, read31Bits } from '../frames/frame.ts';
import { type PeerSettings, SETTING_BYTES } from '../frames/settings.ts';
import type { HpackDecoder } from '../hpack/decoder.ts';
import type { Calls } from './calls.ts';
import type { Conduct } from './conduct.ts';
import type { ServerContext, Transport } from './context.ts';

/** Settings that cost their sender one control frame of its budget. */
const SETTINGS_PER_CHARGE = 16;

/** The frames that carry no part of a request (RFC 9113 section 6). */
export class ControlFrames {
  /** Whether the client's first SETTINGS have come, and whether it has acknowledged ours. */
  hasPeerSettings = false;
  settingsAcknowledged = false;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #peer: PeerSettings;
  readonly #calls: Calls;
  readonly #decoder: HpackDecoder;
  readonly #conduct: Conduct;

  constructor(
    context: ServerContext,
    transport: Transport,
    peer: PeerSettings,
    calls: Calls,
    decoder: HpackDecoder,
    conduct: Conduct,
  ) {
    this.#context = context;
    this.#transport = transport;
    this.#peer = peer;
    this.#calls = calls;
    this.#decoder = decoder;
    this.#conduct = conduct;
  }

  /** RFC 9113 section 6.9. */
  windowUpdate(id: number, octets: Buffer, start: number, end: number): void {
    requireLength(end - start, 4);
    const increment = read31Bits(octets, start);
    if (id === 0) this.#widenConnection(increment);
    else this.#widenStream(id, increment);
    this.#retry();
  }

  /** RFC 9113 section 6.4. */
  resetStream(id: number, start: number, end: number): void {
    requireStream(id);
    requireLength(end - start, 4);
    const stream = this.#calls.streams.get(id);
    if (stream === undefined) {
      this.#requireNotIdle(id);
    } else {
      this.#calls.cancel(stream);
      this.#conduct.streamReset();
    }
  }

  /** RFC 9113 section 6.5. */
  settings(flags: number, id: number, octets: Buffer, start: number, end: number): void {
    requireConnection(id);
    if ((flags & Flag.ACK) === 0) {
      this.#apply(octets, start, end);
      return;
    }
    requireLength(end - start, 0);
    // We send SETTINGS once: more acknowledgements than that mean nothing.
    if (!this.settingsAcknowledged) this.#decoder.limitTable(this.#context.limits.headerTableBytes);
    this.settingsAcknowledged = true;
  }

  /** RFC 9113 section 6.7. Returns true for the acknowledgement of `ours`. */
  ping(flags: number, id: number, octets: Buffer, start: number, end: number, ours: Buffer): boolean {
    requireConnection(id);
    requireLength(end - start, ours.length);
    if ((flags & Flag.ACK) !== 0) return ours.compare(octets, start, end) === 0;
    this.#calls.outbox.control.acknowledgePing(octets, start, end);
    this.#transport.wake();
    return false;
  }

  /** Those that are only checked, and unknown types, which are not (RFC 9113 section 4.1). */
  other(type: number, id: number, start: number, end: number): void {
    if (type === FrameType.PRIORITY) {
      requireStream(id);
      requireLength(end - start, 5);
    } else if (type === FrameType.GOAWAY) {
      // The client opens no more streams; that those it has are answered changes nothing.
      requireConnection(id);
      if (end - start < 8) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a GOAWAY that is too short');
    } else if (type === FrameType.PUSH_PROMISE) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a client pushes (RFC 9113 section 8.4)');
    }
  }

  #widenConnection(increment: number): void {
    if (increment === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a WINDOW_UPDATE of 0');
    if (!this.#calls.outbox.widen(increment)) throw windowTooLarge();
  }

  #widenStream(id: number, increment: number): void {
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

  #apply(octets: Buffer, start: number, end: number): void {
    for (
      let settings = (end - start) / SETTING_BYTES;
      settings > SETTINGS_PER_CHARGE;
      settings -= SETTINGS_PER_CHARGE
    ) {
      this.#conduct.controlFrame();
    }
    const { initialWindowBytes } = this.#peer;
    this.#peer.apply(octets, start, end);
    this.hasPeerSettings = true;
    const { outbox } = this.#calls;
    outbox.setPeerTable(this.#peer.smallestTableBytes);
    outbox.control.acknowledgeSettings();
    this.#transport.wake();
    this.#shiftWindows(this.#peer.initialWindowBytes - initialWindowBytes);
  }

  /** A new initial size shifts the window of every open stream (RFC 9113 section 6.9.2). */
  #shiftWindows(bytes: number): void {
    if (bytes === 0) return;
    for (const stream of this.#calls.streams) {
      stream.sendWindow += bytes;
      if (stream.sendWindow > MAX_31_BITS) throw windowTooLarge();
    }
    this.#retry();
  }

  #retry(): void {
    const { outbox } = this.#calls;
    if (outbox.waiting === 0) return;
    outbox.retry();
    this.#transport.wake();
  }

  /** A frame for a closed stream may have crossed its end; one for an idle stream is an error (RFC 9113 section 5.1). */
  #requireNotIdle(id: number): void {
    if (this.#calls.streams.isIdle(id)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `stream ${id} is idle`);
  }
}

export function requireStream(id: number): void {
  if (id === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a frame of a stream, but without one');
}

function requireConnection(id: number): void {
  if (id !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a frame of the connection, but with a stream');
}

function requireLength(actual: number, expected: number): void {
  if (actual !== expected) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${actual} octets, not ${expected}`);
}

const windowTooLarge = () => new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'a window above 2^31-1');
