import type { UsageReporter } from '../usage/usage-reporter.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

/**
 * Notes the use of what it answers. auth-server is asked about a token in use once a minute at least, since its state is
 * fresh for no longer; so this tells what `last_used_at` needs, and a hit costs nothing for it.
 */
export class UsedSource implements AnswerSource {
  readonly #source: AnswerSource;
  readonly #usage: Pick<UsageReporter, 'note'>;

  constructor(source: AnswerSource, usage: Pick<UsageReporter, 'note'>) {
    this.#source = source;
    this.#usage = usage;
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    const answer = await this.#source.answer(tokenHash, deadline);
    this.#usage.note(answer.bytes);
    return answer;
  }
}
