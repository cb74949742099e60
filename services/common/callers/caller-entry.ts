import { type CallerIdentity, callerName, type ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<identifier>.+)$/;

/** What identifies a caller: the hash of its token, or the name in its certificate. */
export interface IdentifierFormat {
  /** For messages. */
  readonly name: string;
  /** For messages, in place of an identifier. */
  readonly placeholder: string;
  readonly pattern: RegExp;
}

/**
 * Callers by their identifiers, from the entries of a setting: `kind=<identifier>` or `kind.name=<identifier>`. Throws if an
 * entry is malformed, or if two have the same identifier.
 */
export function callersOf(entries: readonly string[], format: IdentifierFormat): Map<string, CallerIdentity> {
  const callers = new Map<string, CallerIdentity>();
  for (const entry of entries) {
    const caller = parseEntry(entry, format);
    if (caller === undefined) throw new Error(`each caller ${format.name} ${mustBe(format)}`);
    const other = callers.get(caller.identifier);
    if (other !== undefined) {
      throw new Error(`${callerName(other)} and ${callerName(caller.identity)} have the same ${format.name}`);
    }
    callers.set(caller.identifier, caller.identity);
  }
  return callers;
}

/** What is wrong with an entry, without the name of the setting; undefined if it is valid. */
export const entryProblem = (entry: string, format: IdentifierFormat): string | undefined =>
  parseEntry(entry, format) === undefined ? mustBe(format) : undefined;

const mustBe = ({ placeholder }: IdentifierFormat): string =>
  `must be kind=${placeholder} or kind.name=${placeholder}, kind one of ${KINDS.join(', ')}`;

function parseEntry(entry: string, { pattern }: IdentifierFormat) {
  const { kind: kindName, name, identifier } = ENTRY.exec(entry)?.groups ?? {};
  const kind = KINDS.find((known) => known === kindName);
  if (kind === undefined || identifier === undefined || !pattern.test(identifier)) return undefined;
  return { identity: { kind, name: name ?? kind }, identifier };
}
