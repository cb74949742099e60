import type { Dispatcher } from 'undici';

/** The part of a response body that is stored. */
export const EXCERPT_BYTES = 1024;
/** The connection is closed when a response body is longer. */
const MAX_RESPONSE_BYTES = 64 * 1024;

interface Received {
  readonly httpStatus: number;
  /** The start of the body: all that was received, or at least EXCERPT_BYTES. */
  readonly start: Buffer;
}

/**
 * One request of undici and its response. Only the status decides the outcome, so errors after it are ignored. undici's
 * `request`, with a body stream and a signal, needs half as much CPU again.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #settled = Promise.withResolvers<Received>();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #httpStatus: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #abortedBy: Error | undefined;

  /** Rejects if there is no response. */
  get response(): Promise<Received> {
    return this.#settled.promise;
  }

  /** Ends the exchange, even while it waits for a connection. */
  abort(reason: Error): void {
    this.#abortedBy = reason;
    if (this.#controller === undefined) this.#settled.reject(reason);
    else this.#controller.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortedBy !== undefined) controller.abort(this.#abortedBy);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#httpStatus = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#bytes < EXCERPT_BYTES) this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_RESPONSE_BYTES) controller.abort(new Error('the response is too large'));
  }

  onResponseEnd(): void {
    this.#end(new Error('the response has no status'));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  #end(error: Error): void {
    if (this.#httpStatus === undefined) this.#settled.reject(error);
    else this.#settled.resolve({ httpStatus: this.#httpStatus, start: Buffer.concat(this.#chunks) });
  }
}
