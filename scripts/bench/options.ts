import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Settings {
  readonly rounds: number;
  /** Counted seconds of each run of load. */
  readonly seconds: number;
  /** Live tokens that the row `scale` goes up to. */
  readonly scaleTo: number;
  /** Of the row `revoke-to-deny`. */
  readonly revocations: number;
  /** Requests of each run of the row `token-endpoint`. */
  readonly tokenRequests: number;
}

export interface Options extends Settings {
  readonly help: boolean;
  /** Names of rows; empty: all but those on demand. */
  readonly rows: readonly string[];
}

const NORMAL: Settings = { rounds: 5, seconds: 1.5, scaleTo: 1_000_000, revocations: 500, tokenRequests: 1_000 };
/** Enough to see that a row works; its figures say nothing. */
const QUICK: Settings = { rounds: 1, seconds: 0.5, scaleTo: 40_000, revocations: 20, tokenRequests: 50 };
const MOST_ROUNDS = 100;
const MOST_SECONDS = 60;
const MOST_TOKENS = 10_000_000;

/** Throws for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'scale-to': { type: 'string' },
    },
  });
  const usual = values.quick ? QUICK : NORMAL;
  return {
    help: values.help ?? false,
    rows: positionals,
    revocations: usual.revocations,
    tokenRequests: usual.tokenRequests,
    rounds: number('--rounds', values.rounds, usual.rounds, 1, MOST_ROUNDS),
    seconds: number('--seconds', values.seconds, usual.seconds, 0.1, MOST_SECONDS),
    scaleTo: number('--scale-to', values['scale-to'], usual.scaleTo, 20_000, MOST_TOKENS),
  };
}

function number(name: string, text: string | undefined, usual: number, min: number, max: number): number {
  const value = text === undefined ? usual : Number(text);
  if (!(value >= min && value <= max)) throw new Error(`${name} takes a number from ${min} to ${max}`);
  return value;
}
