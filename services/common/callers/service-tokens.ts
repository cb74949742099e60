import { hash } from 'node:crypto';
import type { CallerAuthenticator, CallerIdentity } from './caller.ts';
import { entryFormat, parseCallerEntry } from './caller-entry.ts';

const DIGEST = /^[0-9a-f]{64}$/;
const FORMAT = entryFormat('<sha256>');

/**
 * Service and operator tokens. The configuration has only their SHA-256, so it cannot leak a token, and neither can the time
 * of a lookup. Tokens must be random, with at least 32 characters, because the hash is not salted.
 */
export class ServiceTokens implements CallerAuthenticator {
  #byDigest: ReadonlyMap<string, CallerIdentity> = new Map();
  #version = 0;

  /** `entries`: `kind=<sha256 hex>` or `kind.name=<sha256 hex>`; several of one kind allow rotation. */
  constructor(entries: readonly string[]) {
    this.replace(entries);
  }

  /** Changes whenever the tokens are replaced. */
  get version(): number {
    return this.#version;
  }

  /** Accepts only these tokens from now on. Throws, and changes nothing, if one of them is malformed. */
  replace(entries: readonly string[]): void {
    this.#byDigest = new Map(
      entries.map((entry) => {
        const token = parseCallerEntry(entry, DIGEST);
        if (token === undefined) throw new Error(`each caller token must be ${FORMAT}`);
        return [token.identifier, token.identity];
      }),
    );
    this.#version++;
  }

  async authenticate(credential: string): Promise<CallerIdentity | undefined> {
    return this.#byDigest.get(serviceTokenDigest(credential));
  }
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const callerTokenProblem = (entry: string): string | undefined =>
  parseCallerEntry(entry, DIGEST) === undefined ? `must be ${FORMAT}` : undefined;

/** The hash of a token, as the configuration has it. */
export const serviceTokenDigest = (token: string): string => hash('sha256', token, 'hex');
