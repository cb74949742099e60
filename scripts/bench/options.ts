import { parseArgs } from 'node:util';

/** The sizes and durations of rows. */
export interface Settings {
  readonly rounds: number;
  /** Measured seconds of each run of load, and warm-up seconds before them. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Organizations with 100 installed apps each: the live tokens of most rows. */
  readonly organizations: number;
  /** The maximum number of live tokens in the row `scale`. */
  readonly scaleTo: number;
  /** Revocations of the row `revoke-to-deny`. */
  readonly revocations: number;
  /** Requests of each run of the rows `token-endpoint` and `locked-app`. */
  readonly tokenRequests: number;
  /** Tokens of each run of the row `misses`. */
  readonly misses: number;
  /** The row `webhook-fan-out`: rounds with one event, and the events of each round with many. */
  readonly webhooks: { readonly rounds: number; readonly events: number };
  readonly coldStart: ColdStartSettings;
  readonly steadyState: SteadyStateSettings;
  readonly sizeOfChange: SizeOfChangeSettings;
}

interface ColdStartSettings {
  readonly tokens: number;
  readonly perSecond: number;
  /** Seconds of load before and after the flush. */
  readonly secondsBefore: number;
  readonly secondsAfter: number;
}

interface SteadyStateSettings {
  readonly tokens: number;
  /** Each token is introspected once in this time. */
  readonly cycleSeconds: number;
  /** Seconds of load before the measured time. */
  readonly settleSeconds: number;
  readonly seconds: number;
}

interface SizeOfChangeSettings {
  /** One app is changed for each of these numbers of installs. */
  readonly installs: readonly number[];
  readonly rounds: number;
}

export interface Options extends Settings {
  readonly help: boolean;
  /** Names of rows; empty: all. */
  readonly rows: readonly string[];
}

const FULL: Settings = {
  rounds: 5,
  seconds: 1.5,
  warmUpSeconds: 0.5,
  organizations: 100,
  scaleTo: 1_000_000,
  revocations: 500,
  tokenRequests: 1_000,
  misses: 20_000,
  webhooks: { rounds: 10, events: 1_000 },
  coldStart: { tokens: 100_000, perSecond: 20_000, secondsBefore: 5, secondsAfter: 20 },
  // Entries are fresh for 50 to 70 s, so each is renewed about once in the measured minute.
  steadyState: { tokens: 200_000, cycleSeconds: 20, settleSeconds: 50, seconds: 60 },
  sizeOfChange: { installs: [1_000, 1_000_000], rounds: 10 },
};

/** Only shows that rows work; the figures are meaningless. */
const QUICK: Settings = {
  rounds: 1,
  seconds: 0.3,
  warmUpSeconds: 0.2,
  organizations: 20,
  scaleTo: 10_000,
  revocations: 10,
  tokenRequests: 50,
  misses: 1_000,
  webhooks: { rounds: 1, events: 50 },
  coldStart: { tokens: 5_000, perSecond: 2_000, secondsBefore: 1, secondsAfter: 9 },
  steadyState: { tokens: 2_000, cycleSeconds: 2, settleSeconds: 1, seconds: 3 },
  sizeOfChange: { installs: [100, 2_000], rounds: 3 },
};

const MAX_ROUNDS = 100;
const MAX_SECONDS = 60;
const MAX_TOKENS = 10_000_000;

/** Throws for unknown options and for numbers out of bounds. */
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
  const defaults = values.quick ? QUICK : FULL;
  return {
    ...defaults,
    help: values.help ?? false,
    rows: positionals,
    rounds: number('--rounds', values.rounds, defaults.rounds, 1, MAX_ROUNDS),
    seconds: number('--seconds', values.seconds, defaults.seconds, 0.1, MAX_SECONDS),
    scaleTo: number('--scale-to', values['scale-to'], defaults.scaleTo, 10_000, MAX_TOKENS),
  };
}

function number(name: string, text: string | undefined, byDefault: number, min: number, max: number): number {
  const value = text === undefined ? byDefault : Number(text);
  if (!(value >= min && value <= max)) throw new Error(`${name} takes a number from ${min} to ${max}`);
  return value;
}
