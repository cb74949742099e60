/** Receives an encoded response or an error. Exactly one function is called, once. Must not throw. */
export interface Responder {
  respond(message: Uint8Array): void;
  fail(error: unknown): void;
}
