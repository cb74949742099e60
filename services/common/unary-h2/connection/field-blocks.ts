import { ConnectionError, ErrorCode } from '../error-code.ts';
import { RequestHead } from '../grpc/request-head.ts';
import { FieldKind } from '../header-field.ts';
import { type FieldHandler, HpackDecoder } from '../hpack/decoder.ts';
import { FieldBlockCache } from '../hpack/field-block-cache.ts';
import type { ServerContext } from './context.ts';

/** Assembles and decodes the field blocks of a connection (RFC 9113 section 4.3). */
export class FieldBlocks {
  readonly decoder: HpackDecoder;
  /** The stream of an incomplete block; 0 for none. */
  streamId = 0;
  /** Whether its HEADERS frame had END_STREAM. */
  endsStream = false;
  /** When its HEADERS frame arrived. */
  openedAtMs = 0;
  #fragments: Buffer[] = [];
  #bytes = 0;
  readonly #cache = new FieldBlockCache<RequestHead>();
  readonly #context: ServerContext;

  constructor(context: ServerContext) {
    this.#context = context;
    this.decoder = new HpackDecoder(context.limits.maxHeaderListBytes, context.scratch);
  }

  /** Begins a block with the fragment of a HEADERS frame without END_HEADERS. */
  begin(streamId: number, endsStream: boolean, bytes: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.openedAtMs = this.#context.nowMs;
    this.#bytes = 0;
    this.#add(bytes, start, end);
  }

  /**
   * Adds the fragment of a CONTINUATION frame. Throws ENHANCE_YOUR_CALM above the limits: dropping only the block would leave
   * the HPACK table out of sync.
   */
  continue(bytes: Buffer, start: number, end: number): void {
    if (this.#fragments.length > this.#context.limits.maxContinuations)
      throw tooMany('CONTINUATION frames in one field block');
    this.#add(bytes, start, end);
  }

  /** Returns the whole block, after END_HEADERS. */
  finish(): Buffer {
    const block = Buffer.concat(this.#fragments, this.#bytes);
    this.#fragments = [];
    this.streamId = 0;
    return block;
  }

  decodeHead(bytes: Buffer, start: number, end: number): RequestHead {
    const { generation } = this.decoder;
    const known = this.#cache.get(bytes, start, end, generation);
    if (known !== undefined) {
      this.#context.stats.headerCacheHits++;
      return known;
    }
    const head = new RequestHead();
    this.#decode(bytes, start, end, head);
    head.resolve(this.#context.methods);
    // A traceparent differs in every call, and would take the place of a block that is repeated. A block that changes the
    // dynamic table must be decoded each time.
    const isCacheable = head.traceparent === undefined && this.decoder.generation === generation;
    if (isCacheable) this.#cache.set(bytes, start, end, generation, head);
    return head;
  }

  /** Decodes trailers, which are not used. Returns whether they are well formed (RFC 9113 section 8.1) and within the limit. */
  decodeTrailers(bytes: Buffer, start: number, end: number): boolean {
    const trailers = new Trailers();
    this.#decode(bytes, start, end, trailers);
    return trailers.wellFormed;
  }

  #decode(bytes: Buffer, start: number, end: number, handler: FieldHandler): void {
    this.#requireFits(end - start);
    this.decoder.decode(bytes, start, end, handler);
  }

  #requireFits(bytes: number): void {
    if (bytes > this.#context.limits.maxHeaderBlockBytes) throw tooMany('bytes in one field block');
  }

  /** Copies, because the frame's buffer may be overwritten after this call. */
  #add(bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    this.#requireFits(this.#bytes);
    this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
  }
}

class Trailers implements FieldHandler {
  wellFormed = true;

  onField(kind: FieldKind, _name: string, _value: string, wellFormed: boolean): void {
    this.wellFormed &&= wellFormed && kind > FieldKind.CONNECTION_SPECIFIC;
  }

  onTooLarge(): void {
    this.wellFormed = false;
  }
}

const tooMany = (what: string) => new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, `too many ${what}`);
