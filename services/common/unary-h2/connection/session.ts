import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag, FrameType, MAX_31_BITS } from '../frames/frame.ts';
import type { FrameHandler } from '../frames/frame-reader.ts';
import { PeerSettings } from '../frames/settings.ts';
import { AbuseLimits } from './abuse-limits.ts';
import { CallDispatcher } from './call-dispatcher.ts';
import type { ServerContext, Transport } from './context.ts';
import { ControlFrames, requireStream } from './control-frames.ts';
import { RequestFrames } from './request-frames.ts';

/** Opaque data of the server's PING, 8 bytes. */
const DRAIN_PING = Buffer.from('draining', 'latin1');

/** The server side of an HTTP/2 connection (RFC 9113), given complete frames. Pass no further frame after a ConnectionError. */
export class Session implements FrameHandler {
  readonly calls: CallDispatcher;
  readonly requests: RequestFrames;
  readonly control: ControlFrames;
  readonly #transport: Transport;
  readonly #abuseLimits: AbuseLimits;

  constructor(context: ServerContext, transport: Transport, peerName?: string) {
    const peer = new PeerSettings();
    this.#transport = transport;
    this.#abuseLimits = new AbuseLimits(context);
    this.calls = new CallDispatcher(context, transport, peer, this.#abuseLimits, peerName);
    this.requests = new RequestFrames(context, transport, this.calls, this.#abuseLimits);
    const { decoder } = this.requests.blocks;
    this.control = new ControlFrames(context, transport, peer, this.calls, decoder, this.#abuseLimits);
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (!this.control.hasPeerSettings && (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'the preface has no SETTINGS frame');
    }
    // The frames of a field block must be contiguous (RFC 9113 section 4.3).
    if (this.requests.blocks.streamId !== 0 && type !== FrameType.CONTINUATION) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `a frame of type ${type} within a field block`);
    }
    if (type === FrameType.HEADERS) {
      requireStream(id);
      this.requests.headers(flags, id, bytes, start, end);
    } else if (type === FrameType.DATA) {
      requireStream(id);
      this.requests.data(flags, id, bytes, start, end);
    } else if (type === FrameType.CONTINUATION) {
      this.requests.continuation(flags, id, bytes, start, end);
    } else {
      this.#abuseLimits.onControlFrame();
      this.#controlFrame(type, flags, id, bytes, start, end);
    }
  }

  /** Asks the client to open no more streams (RFC 9113 section 6.8). */
  startDrain(): void {
    this.goAway(ErrorCode.NO_ERROR, MAX_31_BITS);
    this.calls.sendQueue.control.ping(DRAIN_PING);
    this.#transport.scheduleWrite();
  }

  /**
   * Sends the final GOAWAY. If the client has acknowledged the PING, all streams that it opened before it received the first
   * GOAWAY have arrived.
   */
  finishDrain(): void {
    const { streams } = this.calls;
    if (this.hasSentFinalGoAway) return;
    streams.goAwayLimit = streams.lastId;
    this.goAway(ErrorCode.NO_ERROR);
    this.#transport.scheduleWrite();
  }

  /** Queues a GOAWAY. After the final one, none may name a higher stream (RFC 9113 section 6.8). */
  goAway(code: ErrorCode, lastId = this.calls.streams.lastId): void {
    const { streams, sendQueue } = this.calls;
    sendQueue.control.goAway(Math.min(lastId, streams.goAwayLimit), code);
  }

  get hasSentFinalGoAway(): boolean {
    return this.calls.streams.goAwayLimit !== Number.POSITIVE_INFINITY;
  }

  #controlFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        this.control.windowUpdate(id, bytes, start, end);
        break;
      case FrameType.RST_STREAM:
        this.control.rstStream(id, start, end);
        break;
      case FrameType.SETTINGS:
        this.control.settings(flags, id, bytes, start, end);
        break;
      case FrameType.PING:
        if (this.control.ping(flags, id, bytes, start, end, DRAIN_PING)) this.finishDrain();
        break;
      default:
        this.control.other(type, id, start, end);
    }
  }
}
