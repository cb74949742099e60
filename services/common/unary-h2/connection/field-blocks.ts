import { ConnectionError, ErrorCode } from '../error-code.ts';
import { RequestHead } from '../grpc/request-head.ts';
import { FieldKind } from '../header-field.ts';
import { BlockMemo } from '../hpack/block-memo.ts';
import { type FieldSink, HpackDecoder } from '../hpack/decoder.ts';
import type { ServerContext } from './context.ts';

/** The field blocks of a connection, from their fragments to what they say (RFC 9113 section 4.3). */
export class FieldBlocks {
  readonly decoder: HpackDecoder;
  /** The stream of the block that has begun and not ended; 0 for none. */
  streamId = 0;
  /** Whether its HEADERS frame had END_STREAM, and when that came. */
  endsStream = false;
  openedAtMs = 0;
  #fragments: Buffer[] = [];
  #bytes = 0;
  readonly #memo = new BlockMemo<RequestHead>();
  readonly #context: ServerContext;

  constructor(context: ServerContext) {
    this.#context = context;
    this.decoder = new HpackDecoder(context.limits.maxHeaderListBytes, context.scratch);
  }

  /** A HEADERS frame without END_HEADERS: its fragment is kept. */
  begin(streamId: number, endsStream: boolean, octets: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.openedAtMs = this.#context.nowMs;
    this.#bytes = 0;
    this.#keep(octets, start, end);
  }

  /**
   * A CONTINUATION frame. Throws ENHANCE_YOUR_CALM past the bounds: the block cannot be dropped without losing the
   * HPACK state, so the connection goes with it.
   */
  continue(octets: Buffer, start: number, end: number): void {
    if (this.#fragments.length > this.#context.limits.maxContinuations)
      throw tooMuch('CONTINUATION frames of one block');
    this.#keep(octets, start, end);
  }

  /** After END_HEADERS: the block. */
  finish(): Buffer {
    const block = Buffer.concat(this.#fragments, this.#bytes);
    this.#fragments = [];
    this.streamId = 0;
    return block;
  }

  /** Decodes a request's header section and decides what is to be done with the request. */
  readHead(octets: Buffer, start: number, end: number): RequestHead {
    const { generation } = this.decoder;
    const known = this.#memo.find(octets, start, end, generation);
    if (known !== undefined) {
      this.#context.stats.repeatedHeads++;
      return known;
    }
    const head = new RequestHead();
    this.#decode(octets, start, end, head);
    head.decide(this.#context.methods);
    if (this.decoder.generation === generation) this.#memo.keep(octets, start, end, generation, head);
    return head;
  }

  /** Decodes a trailer section, of which we need nothing. False: it is malformed (RFC 9113 section 8.1). */
  readTrailers(octets: Buffer, start: number, end: number): boolean {
    const trailers = new Trailers();
    this.#decode(octets, start, end, trailers);
    return trailers.wellFormed;
  }

  #decode(octets: Buffer, start: number, end: number, sink: FieldSink): void {
    this.#requireFits(end - start);
    this.decoder.decode(octets, start, end, sink);
  }

  #requireFits(bytes: number): void {
    if (bytes > this.#context.limits.maxHeaderBlockBytes) throw tooMuch('octets of one field block');
  }

  /** Copies: the frame's octets are not ours beyond this turn. */
  #keep(octets: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    this.#requireFits(this.#bytes);
    this.#fragments.push(Buffer.from(octets.subarray(start, end)));
  }
}

class Trailers implements FieldSink {
  wellFormed = true;

  field(kind: FieldKind, _name: string, _value: string, wellFormed: boolean): void {
    this.wellFormed &&= wellFormed && kind > FieldKind.CONNECTION_SPECIFIC;
  }

  tooLarge(): void {
    this.wellFormed = false;
  }
}

const tooMuch = (what: string) => new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, `too many ${what}`);
