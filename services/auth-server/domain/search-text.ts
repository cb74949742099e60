import { invalidRequest } from '#common/errors/app-error.ts';

const MAX_SEARCH_LENGTH = 100;

/** Trims a search text. Throws if the untrimmed text is too long or cannot be part of a name. `field`: its name in the error. */
export function searchText(text: string, field: string): string {
  if (text.length > MAX_SEARCH_LENGTH) throw invalidRequest(`${field} must be at most ${MAX_SEARCH_LENGTH} characters`);
  if (text.includes('\0') || !text.isWellFormed())
    throw invalidRequest(`${field} must not have NUL or lone surrogates`);
  return text.trim();
}
