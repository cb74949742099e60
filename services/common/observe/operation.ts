import { create, toBinary } from '@bufbuild/protobuf';
import { SpanSchema } from '#gen/opentelemetry/proto/trace/v1/trace_pb.ts';

/** Attributes whose value is undefined are left out. Numbers are integers. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** What the spans of an operation have in common, encoded once: most spans are of a few operations. */
export class Operation {
  /** Encoded fields of a Span. */
  readonly fields: Uint8Array;

  constructor(name: string, attributes: SpanAttributes) {
    this.fields = toBinary(SpanSchema, create(SpanSchema, { name, attributes: keyValues(attributes) }));
  }
}

/** Attributes as OTLP has them. */
export const keyValues = (attributes: SpanAttributes) =>
  Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: anyValue(value) }]));

const anyValue = (value: string | number) => ({
  value:
    typeof value === 'number'
      ? { case: 'intValue' as const, value: BigInt(value) }
      : { case: 'stringValue' as const, value },
});
