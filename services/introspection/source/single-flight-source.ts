import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

/** A read that has not begun; it will have the latest of its members' deadlines. */
interface Boarding {
  readonly answer: Promise<Answer>;
  deadline: number;
}

interface Flight {
  readonly running: Promise<Answer>;
  /** What requests that came while it was running wait for; begins when it has ended. */
  next: Boarding | undefined;
}

/**
 * Misses of one token share reads: at most one runs, and one more waits for it. A request joins only a read that has not
 * begun yet: one that has may already have seen the state from before a change that this request must see.
 */
export class SingleFlightSource implements AnswerSource {
  readonly #source: AnswerSource;
  readonly #flights = new Map<string, Flight>();

  constructor(source: AnswerSource) {
    this.#source = source;
  }

  answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    const key = tokenHash.toString('latin1');
    const flight = this.#flights.get(key);
    if (flight === undefined) return this.#begin(key, tokenHash, deadline);
    flight.next ??= this.#board(flight.running, key, tokenHash);
    flight.next.deadline = Math.max(flight.next.deadline, deadline);
    return flight.next.answer;
  }

  #board(running: Promise<Answer>, key: string, tokenHash: Buffer): Boarding {
    const begin = () => this.#begin(key, tokenHash, boarding.deadline);
    const boarding: Boarding = { deadline: 0, answer: running.then(begin, begin) };
    return boarding;
  }

  #begin(key: string, tokenHash: Buffer, deadline: number): Promise<Answer> {
    const flight: Flight = { running: this.#source.answer(tokenHash, deadline), next: undefined };
    this.#flights.set(key, flight);
    const forget = () => {
      if (flight.next === undefined) this.#flights.delete(key);
    };
    flight.running.then(forget, forget);
    return flight.running;
  }
}
