import { z } from 'zod';
import { invalidFields, invalidRequest } from '#common/errors/app-error.ts';

const missingOr = (message: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : message),
});

/** Text of at most `max` UTF-16 units. */
export const text = (max: number) =>
  z.string(missingOr('must be a string')).max(max, `must be at most ${max} characters`);

/** Text of at most `max` UTF-16 units that is not only whitespace. */
export const filledText = (max: number) => text(max).refine((value) => value.trim() !== '', 'must not be empty');

export const id = z.int(missingOr('must be a positive integer')).positive('must be a positive integer');

/**
 * Validates the body and removes unknown members. Throws INVALID_REQUEST unless it is a JSON object, and
 * INVALID_FIELD with a message for each invalid field.
 */
export function parseBody<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidRequest('The body must be a JSON object');
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
}
