import { parseArgs } from 'node:util';
import { SUITES } from '../scenarios/suites.ts';

const DEFAULTS = { minutes: '30', 'outage-seconds': '60' };

export const HELP = `Usage: npm run soak -- [--minutes N] [--outage-seconds N] [--only text] [--seed N]

Runs the fault scenarios over and over, in a random order, each with concurrent load on three replicas and both ports,
and checks every answer. Ends with a summary; exits with 1 if anything was violated.

  --minutes N         no scenario begins after that many minutes (${DEFAULTS.minutes})
  --outage-seconds N  how long an outage lasts (${DEFAULTS['outage-seconds']}); outages of five minutes are real from 300 on, below that the
                      replicas' clocks jump over the rest
  --only text         only scenarios with that text in their names
  --seed N            the order and the load; printed, so that a run can be repeated
  --list              names all scenarios

Suites: ${Object.keys(SUITES).join(', ')}.
`;

export interface SoakOptions {
  readonly minutes: number;
  readonly outageMs: number;
  readonly only: string;
  readonly seed: number;
  readonly wants: 'help' | 'list' | 'run';
}

/** Throws with a text for the user for what it cannot use. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: DEFAULTS.minutes },
      'outage-seconds': { type: 'string', default: DEFAULTS['outage-seconds'] },
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  return {
    minutes: positive('--minutes', values.minutes),
    outageMs: positive('--outage-seconds', values['outage-seconds']) * 1_000,
    only: values.only,
    seed: positive('--seed', values.seed),
    wants: values.help ? 'help' : values.list ? 'list' : 'run',
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a number above 0, not "${text}"`);
  return value;
}
