import type { CallerIdentity } from './caller.ts';
import { entryFormat, parseCallerEntry } from './caller-entry.ts';

/** What certificateName() finds in a certificate. */
const NAME = /^(?:[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+|CN=[\x20-\x7e]+)$/;
const FORMAT = entryFormat('<URI or CN=common name>');

/** Services and operators by the name in their client certificate. Names are compared as they are. */
export class CallerCertificates {
  readonly #byName = new Map<string, CallerIdentity>();

  /** `entries`: `kind=spiffe://…`, `kind.name=spiffe://…`, or with `CN=…` in place of the URI. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const caller = parseCallerEntry(entry, NAME);
      if (caller === undefined) throw new Error(`each caller certificate is ${FORMAT}`);
      if (this.#byName.has(caller.evidence)) throw new Error(`CALLER_CERTIFICATES has ${caller.evidence} twice`);
      this.#byName.set(caller.evidence, caller.identity);
    }
  }

  /** Whose certificate has that name; undefined where nobody's has. */
  callerOf(name: string | undefined): CallerIdentity | undefined {
    return name === undefined ? undefined : this.#byName.get(name);
  }
}

/** What is wrong with an entry, to follow the name of the setting; undefined if nothing is. */
export const callerCertificateProblem = (entry: string): string | undefined =>
  parseCallerEntry(entry, NAME) === undefined ? `must be ${FORMAT}` : undefined;
