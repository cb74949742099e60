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

const MAX_CACHED = 1_000;

/** Operations that are known only when a span ends. */
export class OperationCache {
  readonly #operations = new Map<string, Operation>();

  /** The operation of this key. After MAX_CACHED keys, those of further keys are created each time. */
  of(key: string, create: () => Operation): Operation {
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const operation = create();
    if (this.#operations.size < MAX_CACHED) this.#operations.set(key, operation);
    return operation;
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
