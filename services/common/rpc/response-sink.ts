/** Takes an encoded response, or an error: one call, once. Must not throw. */
export interface ResponseSink {
  respond(message: Uint8Array): void;
  refuse(error: unknown): void;
}
