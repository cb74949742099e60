import { effectiveScopes } from '#common/scopes/algebra.ts';
import type { CacheableStates } from '../domain/token/token-inspection.ts';
import type { TokenState } from '../domain/token/token-store.ts';
import { toProtoActorMode } from './convert.ts';
import { INACTIVE_REASONS } from './introspect-response.ts';
import { MessageWriter } from './message-writer.ts';

/**
 * Encodes a GetTokenStatesResponse; the numbers are those of the fields in proto/. The IntrospectResponse of each state is
 * that of toIntrospectResponse().
 */
export function encodeTokenStates({ generation, states, cacheNodes }: CacheableStates): Buffer {
  const writer = new MessageWriter();
  if (generation !== undefined) writer.bytes(1, generation);
  for (const { state, stamps } of states) {
    const start = writer.begin(2);
    const response = writer.begin(1);
    writeResponse(writer, state);
    writer.end(response);
    if (state.inactive === undefined) writer.uint(2, state.expiresAt.getTime());
    if (stamps !== undefined) {
      writer.uint(3, 1);
      writer.bytes(4, stamps);
    }
    writer.end(start);
  }
  for (const name of cacheNodes) writer.text(3, name);
  return writer.finish();
}

function writeResponse(writer: MessageWriter, state: TokenState): void {
  if (state.inactive !== undefined) {
    writer.uint(2, INACTIVE_REASONS[state.inactive]);
    return;
  }
  writer.uint(1, 1);
  writer.text(3, state.clientId);
  writer.text(4, state.installId);
  const organization = writer.begin(5);
  writer.uint(1, state.organization.id);
  writer.text(2, state.organization.subdomain);
  writer.end(organization);
  const actor = writer.begin(6);
  writer.uint(1, toProtoActorMode(state.actorMode));
  writer.uint(2, state.userId);
  writer.end(actor);
  for (const scope of effectiveScopes(state.grantedScopes, state.actorMode, state.role)) writer.text(7, scope);
  writeTimestamp(writer, 8, state.issuedAt);
  writeTimestamp(writer, 9, state.expiresAt);
}

function writeTimestamp(writer: MessageWriter, field: number, time: Date): void {
  const ms = time.getTime();
  const start = writer.begin(field);
  writer.uint(1, Math.floor(ms / 1_000));
  writer.uint(2, (ms % 1_000) * 1_000_000);
  writer.end(start);
}
