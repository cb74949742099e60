import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ResourceSpansSchema, ScopeSpansSchema, TracesDataSchema } from '#gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import { keyValues } from './operation.ts';
import { type EndedSpan, MAX_WRITTEN_BYTES, writeSpan } from './span-encoding.ts';

/** About 3,000 spans. An export costs as much as hundreds of spans. */
const MAX_BYTES = 512 * 1_024;
/** Room for what precedes the spans: lengths, and twice the name of the service. */
const HEAD_BYTES = 256;

/** The spans of one export, encoded as they end: objects that wait are expensive to garbage-collect (docs/adr/0027). */
export class ExportBatch {
  spans = 0;
  readonly #bytes = Buffer.allocUnsafeSlow(MAX_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #end = HEAD_BYTES;

  get isFull(): boolean {
    return this.#end + MAX_WRITTEN_BYTES > MAX_BYTES;
  }

  /** The batch must not be full. A span that is too long is dropped. */
  add(span: EndedSpan): void {
    const end = writeSpan(span, this.#bytes, this.#view, this.#end);
    if (end > this.#end) this.spans++;
    this.#end = end;
  }

  /** The batch as TracesData, which is encoded like ExportTraceServiceRequest. The name of the service has at most 100 bytes. */
  encode(service: string): Uint8Array {
    const length = this.#end - HEAD_BYTES;
    const resource = { attributes: keyValues({ 'service.name': service }) };
    const resourceSpans = toBinary(ResourceSpansSchema, create(ResourceSpansSchema, { resource }));
    const scopeSpans = toBinary(ScopeSpansSchema, create(ScopeSpansSchema, { scope: { name: service } }));
    const inner = openField(ResourceSpansSchema.field.scopeSpans.number, scopeSpans, length);
    const head = openField(TracesDataSchema.field.resourceSpans.number, Buffer.concat([resourceSpans, inner]), length);
    const start = HEAD_BYTES - head.length;
    this.#bytes.set(head, start);
    return this.#bytes.subarray(start, this.#end);
  }
}

/** The beginning of a field of a message type: its tag, its length, and its first bytes, which `following` others follow. */
const openField = (number: number, content: Uint8Array, following: number): Uint8Array =>
  new BinaryWriter()
    .tag(number, WireType.LengthDelimited)
    .uint32(content.length + following)
    .raw(content)
    .finish();
