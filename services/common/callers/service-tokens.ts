import { hash } from 'node:crypto';
import type { CallerAuthenticator, CallerIdentity, ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<digest>[0-9a-f]{64})$/;

/** A service or operator token is at least this long, so that its plain SHA-256 cannot be searched. */
export const SERVICE_TOKEN_MIN_LENGTH = 32;

/**
 * Service and operator tokens. Configuration holds only their SHA-256, so it can neither leak nor log a token, and the
 * look-up by hash takes the same time whatever is sent.
 */
export class ServiceTokens implements CallerAuthenticator {
  readonly #byDigest = new Map<string, CallerIdentity>();

  /** `entries`: `kind=<sha256 hex>` or `kind.name=<sha256 hex>`; several of one kind allow rotation. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const groups = ENTRY.exec(entry)?.groups;
      const kind = KINDS.find((known) => known === groups?.kind);
      if (groups?.digest === undefined || kind === undefined) {
        throw new Error(`each caller token is kind=<sha256> or kind.name=<sha256>, kind one of ${KINDS.join(', ')}`);
      }
      this.#byDigest.set(groups.digest, { kind, name: groups.name ?? kind });
    }
  }

  async authenticate(credential: string): Promise<CallerIdentity | undefined> {
    return this.#byDigest.get(serviceTokenDigest(credential));
  }
}

/** What configuration holds of a token. */
export const serviceTokenDigest = (token: string): string => hash('sha256', token, 'hex');
