import { z } from 'zod';

/** Error messages: 'is required' for a missing value, and `message` for one of the wrong type. */
export const required = (message: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : message),
});

/** Returns what is wrong with a text; undefined if valid. */
type Validate = (text: string) => string | undefined;

export const withValidator = (validate: Validate) => (text: string, context: z.RefinementCtx) => {
  const problem = validate(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
};

/** String validated by a custom function. */
export const validated = (validate: Validate) =>
  z.string(required('must be a string')).superRefine(withValidator(validate));
