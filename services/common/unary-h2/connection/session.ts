import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag, FrameType, MAX_31_BITS } from '../frames/frame.ts';
import type { FrameSink } from '../frames/frame-reader.ts';
import { PeerSettings } from '../frames/settings.ts';
import { Calls } from './calls.ts';
import { Conduct } from './conduct.ts';
import type { ServerContext, Transport } from './context.ts';
import { ControlFrames, requireStream } from './control-frames.ts';
import { Requests } from './requests.ts';

/** What our PING carries: 8 octets. */
const DRAIN_PING = Buffer.from('draining', 'latin1');

/**
 * HTTP/2 as a server, over whole frames (RFC 9113). Throws ConnectionError for what ends the connection; after that it
 * takes no more frames.
 */
export class Session implements FrameSink {
  readonly calls: Calls;
  readonly requests: Requests;
  readonly control: ControlFrames;
  readonly #transport: Transport;
  readonly #conduct: Conduct;

  constructor(context: ServerContext, transport: Transport) {
    const peer = new PeerSettings();
    this.#transport = transport;
    this.#conduct = new Conduct(context);
    this.calls = new Calls(context, transport, peer, this.#conduct);
    this.requests = new Requests(context, transport, this.calls, this.#conduct);
    const { decoder } = this.requests.blocks;
    this.control = new ControlFrames(context, transport, peer, this.calls, decoder, this.#conduct);
  }

  frame(type: number, flags: number, id: number, octets: Buffer, start: number, end: number): void {
    if (!this.control.hasPeerSettings && (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'the preface goes on without SETTINGS');
    }
    // Nothing may come between the frames of a field block (RFC 9113 section 4.3).
    if (this.requests.blocks.streamId !== 0 && type !== FrameType.CONTINUATION) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `a frame of type ${type} within a field block`);
    }
    if (type === FrameType.HEADERS) {
      requireStream(id);
      this.requests.headers(flags, id, octets, start, end);
    } else if (type === FrameType.DATA) {
      requireStream(id);
      this.requests.data(flags, id, octets, start, end);
    } else if (type === FrameType.CONTINUATION) {
      this.requests.continuation(flags, id, octets, start, end);
    } else {
      this.#conduct.controlFrame();
      this.#control(type, flags, id, octets, start, end);
    }
  }

  /** No new streams, please; those that are under way will be answered (RFC 9113 section 6.8). */
  announceDrain(): void {
    const { control } = this.calls.outbox;
    control.goAway(MAX_31_BITS, ErrorCode.NO_ERROR);
    control.ping(DRAIN_PING);
    this.#transport.wake();
  }

  /** Streams that the client opened before it knew have arrived by now: later ones are not processed. */
  finishDrain(): void {
    const { streams, outbox } = this.calls;
    if (this.isFinal) return;
    streams.lastAcceptedId = streams.lastId;
    outbox.control.goAway(streams.lastId, ErrorCode.NO_ERROR);
    this.#transport.wake();
  }

  get isFinal(): boolean {
    return this.calls.streams.lastAcceptedId !== MAX_31_BITS;
  }

  #control(type: number, flags: number, id: number, octets: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        this.control.windowUpdate(id, octets, start, end);
        break;
      case FrameType.RST_STREAM:
        this.control.resetStream(id, start, end);
        break;
      case FrameType.SETTINGS:
        this.control.settings(flags, id, octets, start, end);
        break;
      case FrameType.PING:
        if (this.control.ping(flags, id, octets, start, end, DRAIN_PING)) this.finishDrain();
        break;
      default:
        this.control.other(type, id, start, end);
    }
  }
}
