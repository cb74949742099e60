import type { CallerIdentity } from './caller.ts';
import { callersOf, entryProblem, type IdentifierFormat } from './caller-entry.ts';

/** Names that certificateName() returns. */
const CERTIFICATE: IdentifierFormat = {
  name: 'certificate',
  placeholder: '<URI or CN=common name>',
  pattern: /^(?:[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+|CN=[\x20-\x7e]+)$/,
};

/** Identifies services and operators by the name in their client certificate. Names are compared byte by byte. */
export class CallerCertificates {
  readonly #byName: ReadonlyMap<string, CallerIdentity>;

  /** `entries`: `kind=spiffe://…`, `kind.name=spiffe://…`, or with `CN=…` in place of the URI. */
  constructor(entries: readonly string[]) {
    this.#byName = callersOf(entries, CERTIFICATE);
  }

  /** The caller with this name in its certificate; undefined if there is none. */
  callerOf(name: string | undefined): CallerIdentity | undefined {
    return name === undefined ? undefined : this.#byName.get(name);
  }
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const callerCertificateProblem = (entry: string): string | undefined => entryProblem(entry, CERTIFICATE);
