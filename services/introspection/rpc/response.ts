import type { ResponseSink } from '#common/rpc/response-sink.ts';

/** What is asked for, as a promise: for the handlers of the standard port. */
export function response(ask: (sink: ResponseSink) => void): Promise<Uint8Array> {
  return new Promise((respond, refuse) => ask({ respond, refuse }));
}
