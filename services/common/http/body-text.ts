import { invalidRequest } from '../errors/app-error.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** A body as text; throws INVALID_REQUEST for what is not UTF-8, which would otherwise be stored as something else. */
export function bodyText(body: string | Buffer): string {
  if (typeof body === 'string') return body;
  try {
    return UTF_8.decode(body);
  } catch {
    throw invalidRequest('the body is not UTF-8');
  }
}
