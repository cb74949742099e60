import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { invalidRequest } from '#common/errors/app-error.ts';
import type { ResponseSink } from './response-sink.ts';

/** Undefined, and the call refused, for octets that are no such message. */
export function decodedRequest<Desc extends DescMessage>(
  schema: Desc,
  octets: Uint8Array,
  reply: ResponseSink,
): MessageShape<Desc> | undefined {
  try {
    return fromBinary(schema, octets);
  } catch {
    reply.refuse(invalidRequest('the message cannot be decoded'));
    return undefined;
  }
}
