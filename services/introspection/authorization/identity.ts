import type { ActorMode } from '#common/scopes/algebra.ts';
import { FieldReader } from './field-reader.ts';

/**
 * The owner and the scopes of an active token, as header values. The strings are latin1, so UTF-8 passes through byte by
 * byte.
 */
export interface Identity {
  readonly organizationId: string;
  /** The subdomain. */
  readonly organization: string;
  readonly clientId: string;
  readonly installId: string;
  readonly actor: ActorMode;
  readonly userId: string;
  readonly scopes: readonly string[];
}

const ACTOR_MODES: readonly (ActorMode | undefined)[] = [undefined, 'app', 'self'];

/**
 * Decodes an IntrospectResponse; undefined if the token is inactive. Throws if a required field is missing. Hand-written
 * because a general decoder takes longer than the rest of the decision.
 */
export function identityOf(response: Uint8Array): Identity | undefined {
  const bytes = Buffer.isBuffer(response)
    ? response
    : Buffer.from(response.buffer, response.byteOffset, response.length);
  const fields = new FieldReader(bytes, 0, bytes.length);
  const scopes: string[] = [];
  let isActive = false;
  let reason = 0;
  let clientId = '';
  let installId = '';
  let organization: Pair = NONE;
  let actor: Pair = NONE;
  while (fields.next()) {
    const { field, start, end } = fields;
    if (field === 1) isActive = fields.value === 1;
    else if (field === 2) reason = fields.value;
    else if (field === 3) clientId = bytes.toString('latin1', start, end);
    else if (field === 4) installId = bytes.toString('latin1', start, end);
    else if (field === 5) organization = pairOf(bytes, start, end);
    else if (field === 6) actor = pairOf(bytes, start, end);
    else if (field === 7) scopes.push(bytes.toString('latin1', start, end));
  }
  if (!fields.isBroken && !isActive && reason !== 0) return undefined;
  const mode = ACTOR_MODES[actor.first];
  if (fields.isBroken || !isActive || !isId(organization.first) || mode === undefined || !isId(actor.second)) {
    throw new Error('incomplete IntrospectResponse');
  }
  return {
    organizationId: String(organization.first),
    organization: organization.text,
    clientId,
    installId,
    actor: mode,
    userId: String(actor.second),
    scopes,
  };
}

/** Fields 1 and 2 of IntrospectedOrganization (id, subdomain) and of Actor (mode, user id). */
interface Pair {
  readonly first: number;
  readonly second: number;
  readonly text: string;
}

const NONE: Pair = { first: 0, second: 0, text: '' };

function pairOf(bytes: Buffer, start: number, end: number): Pair {
  const fields = new FieldReader(bytes, start, end);
  let first = 0;
  let second = 0;
  let text = '';
  while (fields.next()) {
    if (fields.field === 1) first = fields.value;
    else if (fields.field === 2 && fields.hasLength) text = bytes.toString('latin1', fields.start, fields.end);
    else if (fields.field === 2) second = fields.value;
  }
  return fields.isBroken ? NONE : { first, second, text };
}

/** Unsafe integers are rejected: rounding could turn one organization's id into another's. */
const isId = (value: number): boolean => value > 0 && Number.isSafeInteger(value);
