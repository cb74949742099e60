import type { Responder } from '#common/rpc/responder.ts';

/** Runs `start` and returns its response as a promise, for the handlers of the standard port. */
export function responsePromise(start: (responder: Responder) => void): Promise<Uint8Array> {
  return new Promise((respond, fail) => start({ respond, fail }));
}
