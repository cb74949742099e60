import { type Command, InvalidArgumentError } from 'commander';
import { setting } from '../config.ts';
import { usageError } from '../exit-codes.ts';
import type { SessionOptions } from '../session.ts';

export interface GlobalOptions extends SessionOptions {
  readonly json?: boolean;
}

export const globalOptionsOf = (command: Command): GlobalOptions => command.optsWithGlobals();

/** The option of commands about one app. */
export const APP_OPTION = ['--app <client_id>', 'the app; default: OAUTH_APPS_APP'] as const;

export function appOf({ app }: { readonly app?: string }): string {
  const clientId = app ?? setting('OAUTH_APPS_APP');
  if (!clientId)
    throw usageError('Name the app with --app or OAUTH_APPS_APP. To list your apps run: oauth-apps apps list');
  return clientId;
}

/** A parser of whole numbers in a range, for commander. */
export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];
