import type { CallerIdentity } from './caller.ts';
import { entryFormat, parseCallerEntry } from './caller-entry.ts';

/** A name that certificateName() returns. */
const NAME = /^(?:[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+|CN=[\x20-\x7e]+)$/;
const FORMAT = entryFormat('<URI or CN=common name>');

/** Identifies services and operators by the name in their client certificate. Names are compared byte by byte. */
export class CallerCertificates {
  readonly #byName = new Map<string, CallerIdentity>();

  /** `entries`: `kind=spiffe://…`, `kind.name=spiffe://…`, or with `CN=…` in place of the URI. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const caller = parseCallerEntry(entry, NAME);
      if (caller === undefined) throw new Error(`each caller certificate must be ${FORMAT}`);
      if (this.#byName.has(caller.identifier)) throw new Error(`CALLER_CERTIFICATES has ${caller.identifier} twice`);
      this.#byName.set(caller.identifier, caller.identity);
    }
  }

  /** The caller with this name in its certificate; undefined if there is none. */
  callerOf(name: string | undefined): CallerIdentity | undefined {
    return name === undefined ? undefined : this.#byName.get(name);
  }
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const callerCertificateProblem = (entry: string): string | undefined =>
  parseCallerEntry(entry, NAME) === undefined ? `must be ${FORMAT}` : undefined;
