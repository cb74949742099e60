import type { CallerIdentity, ServiceCallerKind } from './caller.ts';

const KINDS: readonly ServiceCallerKind[] = ['gateway', 'platform', 'operator', 'introspection'];

const ENTRY = /^(?<kind>[a-z]+)(?:\.(?<name>[a-z0-9_-]+))?=(?<evidence>.+)$/;

/** `kind=…` or `kind.name=…` of a setting: what proves that a caller is that one. */
export interface CallerEntry {
  readonly identity: CallerIdentity;
  readonly evidence: string;
}

/** Undefined for what is no entry, or whose evidence does not have that form. */
export function parseCallerEntry(entry: string, form: RegExp): CallerEntry | undefined {
  const { kind: given, name, evidence } = ENTRY.exec(entry)?.groups ?? {};
  const kind = KINDS.find((known) => known === given);
  if (kind === undefined || evidence === undefined || !form.test(evidence)) return undefined;
  return { identity: { kind, name: name ?? kind }, evidence };
}

/** How entries are written, for messages. */
export const entryFormat = (evidence: string): string =>
  `kind=${evidence} or kind.name=${evidence}, kind one of ${KINDS.join(', ')}`;
