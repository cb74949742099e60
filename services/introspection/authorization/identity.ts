import { FieldReader } from './field-reader.ts';
import { HeaderText } from './header-text.ts';
import { scopeLists } from './scope-lists.ts';
import { ViewCache } from './view-cache.ts';

/** What an active token belongs to, its actor and scopes. The texts are views of the response, which must not change. */
export interface Identity {
  readonly organizationId: number;
  /** The subdomain. */
  readonly organization: HeaderText;
  readonly clientId: HeaderText;
  readonly installId: HeaderText;
  /** `app` or `self`. */
  readonly actor: HeaderText;
  /** The user who consented for `self`, the bot of the app for `app`. */
  readonly userId: number;
  readonly scopes: readonly string[];
}

const SCOPES_FIELD = 7;
const VIEWS = new ViewCache();
const SCOPE_LISTS = scopeLists(SCOPES_FIELD);
const EMPTY = HeaderText.of('');
const ACTOR_MODES: readonly (HeaderText | undefined)[] = [undefined, HeaderText.of('app'), HeaderText.of('self')];

/**
 * Reads an IntrospectResponse in place; undefined if the token is inactive. Throws if the response is malformed, has neither
 * `active` nor a reason, or lacks the organization's id or the actor. Hand-written because a general decoder takes longer than
 * the rest of the decision.
 */
export function identityOf(response: Uint8Array): Identity | undefined {
  const view = VIEWS.of(response);
  const offset = response.byteOffset;
  const fields = new FieldReader(view, offset, offset + response.length);
  let isActive = false;
  let reason = 0;
  let clientId = EMPTY;
  let installId = EMPTY;
  let organization = NONE;
  let actor = NONE;
  let [scopesStart, scopesEnd] = [0, 0];
  for (let start = offset; fields.next(); start = fields.end) {
    const { field } = fields;
    if (field === 1) isActive = fields.value === 1;
    else if (field === 2) reason = fields.value;
    else if (field === 3) clientId = new HeaderText(view, fields.start, fields.end);
    else if (field === 4) installId = new HeaderText(view, fields.start, fields.end);
    else if (field === 5) organization = pairOf(view, fields.start, fields.end);
    else if (field === 6) actor = pairOf(view, fields.start, fields.end);
    else if (field === SCOPES_FIELD) {
      if (scopesEnd === 0) scopesStart = start;
      scopesEnd = fields.end;
    }
  }
  if (!fields.isBroken && !isActive && reason !== 0) return undefined;
  const mode = ACTOR_MODES[actor.first];
  if (fields.isBroken || !isActive || !isId(organization.first) || mode === undefined || !isId(actor.second)) {
    throw new Error('malformed or incomplete IntrospectResponse');
  }
  return {
    organizationId: organization.first,
    organization: organization.text,
    clientId,
    installId,
    actor: mode,
    userId: actor.second,
    scopes: SCOPE_LISTS.get(view, scopesStart, scopesEnd),
  };
}

/** Fields 1 and 2 of IntrospectedOrganization (id, subdomain) or of Actor (mode, user id). */
interface Pair {
  readonly first: number;
  readonly second: number;
  readonly text: HeaderText;
}

const NONE: Pair = { first: 0, second: 0, text: EMPTY };

function pairOf(view: DataView, start: number, end: number): Pair {
  const fields = new FieldReader(view, start, end);
  let first = 0;
  let second = 0;
  let text = EMPTY;
  while (fields.next()) {
    if (fields.field === 1) first = fields.value;
    else if (fields.field === 2 && fields.hasLength) text = new HeaderText(view, fields.start, fields.end);
    else if (fields.field === 2) second = fields.value;
  }
  return fields.isBroken ? NONE : { first, second, text };
}

/** Unsafe integers are rejected: rounding could turn one organization's id into another's. */
const isId = (value: number): boolean => value > 0 && Number.isSafeInteger(value);
