import { invalidRequest } from '#common/errors/app-error.ts';

/** Parses a JSON body; an empty one is no body. A member given twice is an error, like a parameter given twice. */
export function parseJsonBody(text: string): unknown {
  if (text === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalidRequest('the body is not valid JSON');
  }
  const repeated = repeatedMembers(text);
  if (repeated.length > 0) throw invalidRequest(`given twice: ${repeated.join(', ')}`);
  return body;
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
