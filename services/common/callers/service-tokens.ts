import { hash } from 'node:crypto';
import type { CallerAuthenticator, CallerIdentity } from './caller.ts';
import { callersOf, entryProblem, type IdentifierFormat } from './caller-entry.ts';

const TOKEN: IdentifierFormat = { name: 'token', placeholder: '<sha256>', pattern: /^[0-9a-f]{64}$/ };

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

  /** Accepts only these tokens from now on. Throws, and changes nothing, if one is malformed or occurs twice. */
  replace(entries: readonly string[]): void {
    this.#byDigest = callersOf(entries, TOKEN);
    this.#version++;
  }

  async authenticate(credential: string): Promise<CallerIdentity | undefined> {
    return this.#byDigest.get(serviceTokenDigest(credential));
  }
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const callerTokenProblem = (entry: string): string | undefined => entryProblem(entry, TOKEN);

/** The hash of a token, as the configuration has it. */
export const serviceTokenDigest = (token: string): string => hash('sha256', token, 'hex');
