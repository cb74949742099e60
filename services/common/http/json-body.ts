import { invalidFields, invalidRequest } from '../errors/app-error.ts';
import { bodyText } from './body-text.ts';

/**
 * Parses a JSON body; an empty one is no body. A member given twice is an error, like a parameter given twice, and so is
 * half of a surrogate pair, which JSON can escape and no other encoding can hold.
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
  if (repeated.length > 0) throw invalidRequest(`given twice: ${repeated.join(', ')}`);
  const broken = text.includes('\\u') ? membersNotUnicode(body) : [];
  if (broken.length > 0)
    throw invalidFields(broken.map((field) => ({ field, message: 'has half of a surrogate pair' })));
  return body;
}

/** Names of the outermost members that are not well-formed Unicode, themselves or anything in them. */
function membersNotUnicode(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return isUnicode(body) ? [] : ['body'];
  const broken = Object.entries(body).filter(([name, member]) => !name.isWellFormed() || !isUnicode(member));
  return broken.map(([name]) => name.toWellFormed());
}

/** Without recursion: what is parsed may be nested as deep as its text is long. */
function isUnicode(value: unknown): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string' && !next.isWellFormed()) return false;
    if (typeof next === 'object' && next !== null) for (const entry of Object.entries(next)) open.push(...entry);
  }
  return true;
}

/** A token of JSON as far as nesting goes: a string with the colon that makes it a name, or a bracket. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs;

/** Names that the outermost object of this valid JSON text has more than once. */
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
