import type { CallerIdentity, ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<identifier>.+)$/;

/** An entry of a setting, `kind=<identifier>` or `kind.name=<identifier>`. */
export interface CallerEntry {
  readonly identity: CallerIdentity;
  /** The hash of the caller's token, or the name in its certificate. */
  readonly identifier: string;
}

/** Undefined unless the text is an entry whose identifier matches `format`. */
export function parseCallerEntry(entry: string, format: RegExp): CallerEntry | undefined {
  const { kind: kindName, name, identifier } = ENTRY.exec(entry)?.groups ?? {};
  const kind = KINDS.find((known) => known === kindName);
  if (kind === undefined || identifier === undefined || !format.test(identifier)) return undefined;
  return { identity: { kind, name: name ?? kind }, identifier };
}

/** How entries are written, for messages. */
export const entryFormat = (identifier: string): string =>
  `kind=${identifier} or kind.name=${identifier}, kind one of ${KINDS.join(', ')}`;
