import type { CallerIdentity, ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<evidence>.+)$/;

/** An entry of a setting, `kind=<evidence>` or `kind.name=<evidence>`: a caller, and the credential that identifies it. */
export interface CallerEntry {
  readonly identity: CallerIdentity;
  readonly evidence: string;
}

/** Undefined unless the text is an entry whose evidence matches `form`. */
export function parseCallerEntry(entry: string, form: RegExp): CallerEntry | undefined {
  const { kind: kindName, name, evidence } = ENTRY.exec(entry)?.groups ?? {};
  const kind = KINDS.find((known) => known === kindName);
  if (kind === undefined || evidence === undefined || !form.test(evidence)) return undefined;
  return { identity: { kind, name: name ?? kind }, evidence };
}

/** How entries are written, for messages. */
export const entryFormat = (evidence: string): string =>
  `kind=${evidence} or kind.name=${evidence}, kind one of ${KINDS.join(', ')}`;
