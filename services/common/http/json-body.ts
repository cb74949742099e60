import { invalidFields, invalidRequest } from '../errors/app-error.ts';
import { bodyText } from './body-text.ts';

/**
 * Parses a JSON body; undefined if it is empty. Rejects repeated members of the outermost object, and lone surrogates, which
 * JSON can escape but UTF-8 cannot encode.
 */
export function parseJsonBody(encoded: string | Buffer): unknown {
  const text = bodyText(encoded);
  if (text === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalidRequest('the body is not valid JSON');
  }
  const repeated = repeatedMembers(text);
  if (repeated.length > 0) throw invalidRequest(`duplicate members: ${repeated.join(', ')}`);
  const broken = text.includes('\\u') ? membersWithLoneSurrogates(body) : [];
  if (broken.length > 0) throw invalidFields(broken.map((field) => ({ field, message: 'has a lone surrogate' })));
  return body;
}

/** Names of the outermost members that contain a lone surrogate, in the name or the value; `body` if it is not an object. */
function membersWithLoneSurrogates(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return isWellFormed(body) ? [] : ['body'];
  const broken = Object.entries(body).filter(([name, member]) => !name.isWellFormed() || !isWellFormed(member));
  return broken.map(([name]) => name.toWellFormed());
}

/** Whether no string in the value has a lone surrogate. Not recursive: only the length of the body limits the nesting. */
function isWellFormed(value: unknown): boolean {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && !next.isWellFormed()) return false;
    if (typeof next === 'object' && next !== null) for (const entry of Object.entries(next)) pending.push(...entry);
  }
  return true;
}

/** The JSON tokens that matter here: brackets, and strings with the colon that makes them names. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs;

/** Names that occur more than once in the outermost object. `text` must be valid JSON. */
function repeatedMembers(text: string): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  for (const [token, string, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && string !== undefined && colon !== undefined) {
      const name: string = JSON.parse(string);
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  }
  return [...repeated];
}
