import type { Answer } from './answer.ts';

/**
 * Answers for a token hash. Decorators over this one interface add the cache and its bounds. What cannot be decided is
 * thrown as UNAVAILABLE; an inactive token is an answer.
 */
export interface AnswerSource {
  /** `deadline` in ms since 1970: later answers are of no use to the caller. */
  answer(tokenHash: Buffer, deadline: number): Promise<Answer>;
}
