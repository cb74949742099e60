import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { encodeBatch } from './batch-encoding.ts';

/** The answers of a batch as they come in: one response when all are there, or the first error. */
export class Batch {
  readonly #answers: Uint8Array[];
  readonly #sink: ResponseSink;
  #due: number;
  #isRefused = false;

  constructor(length: number, sink: ResponseSink) {
    this.#answers = new Array<Uint8Array>(length);
    this.#due = length;
    this.#sink = sink;
  }

  answer(index: number, answer: Uint8Array): void {
    this.#answers[index] = answer;
    if (--this.#due === 0) this.#sink.respond(encodeBatch(this.#answers));
  }

  /** An item that was refused is never answered, so the response cannot follow. */
  refuse(error: unknown): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#sink.refuse(error);
  }
}

/** One place of a batch. */
export class BatchItem implements ResponseSink {
  readonly #batch: Batch;
  readonly #index: number;

  constructor(batch: Batch, index: number) {
    this.#batch = batch;
    this.#index = index;
  }

  respond(message: Uint8Array): void {
    this.#batch.answer(this.#index, message);
  }

  refuse(error: unknown): void {
    this.#batch.refuse(error);
  }
}
