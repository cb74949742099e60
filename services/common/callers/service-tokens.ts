import { hash } from 'node:crypto';
import type { CallerAuthenticator, CallerIdentity, ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<digest>[0-9a-f]{64})$/;

const FORMAT = `kind=<sha256> or kind.name=<sha256>, kind one of ${KINDS.join(', ')}`;

/**
 * Service and operator tokens. The configuration has only their SHA-256, so it cannot leak a token, and look-ups take
 * constant time. Tokens must be random, with at least 32 characters, because the hash is not salted.
 */
export class ServiceTokens implements CallerAuthenticator {
  readonly #byDigest = new Map<string, CallerIdentity>();

  /** `entries`: `kind=<sha256 hex>` or `kind.name=<sha256 hex>`; several of one kind allow rotation. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const token = parseEntry(entry);
      if (token === undefined) throw new Error(`each caller token is ${FORMAT}`);
      this.#byDigest.set(token.digest, token.identity);
    }
  }

  async authenticate(credential: string): Promise<CallerIdentity | undefined> {
    return this.#byDigest.get(serviceTokenDigest(credential));
  }
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const callerTokenProblem = (entry: string): string | undefined =>
  parseEntry(entry) === undefined ? `must be ${FORMAT}` : undefined;

function parseEntry(entry: string): { digest: string; identity: CallerIdentity } | undefined {
  const groups = ENTRY.exec(entry)?.groups;
  const kind = KINDS.find((known) => known === groups?.kind);
  if (groups?.digest === undefined || kind === undefined) return undefined;
  return { digest: groups.digest, identity: { kind, name: groups.name ?? kind } };
}

/** The hash of a token in the configuration. */
export const serviceTokenDigest = (token: string): string => hash('sha256', token, 'hex');
