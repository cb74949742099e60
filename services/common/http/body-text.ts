import { invalidRequest } from '../errors/app-error.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes a body; throws INVALID_REQUEST unless it is UTF-8. */
export function bodyText(body: string | Buffer): string {
  if (typeof body === 'string') return body;
  try {
    return UTF_8.decode(body);
  } catch {
    throw invalidRequest('the body is not UTF-8');
  }
}
