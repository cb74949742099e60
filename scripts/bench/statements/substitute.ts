import { randomBytes } from 'node:crypto';
import type { Statement, Subject, Value } from './statement.ts';

/**
 * The statements of a recorded request, made to be about another subject: its values take the place of the recorded
 * subject's. Other binary values are what auth-server draws at random (hashes of new tokens, ids of changes), so they
 * are drawn anew, the same one for the same one. Times stay: they only have to be recent.
 */
export function substitute(recorded: readonly Statement[], from: Subject, to: Subject): Statement[] {
  const known = new Map(Object.entries(from).map(([name, value]) => [keyOf(value), to[name] as Value]));
  const replace = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(replace);
    const key = keyOf(value);
    if (!known.has(key) && value instanceof Uint8Array) known.set(key, randomBytes(value.length));
    return known.get(key) ?? value;
  };
  return recorded.map(({ text, values, rowCount }) => ({ text, values: values.map(replace), rowCount }));
}

const keyOf = (value: Value): string =>
  value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : `${typeof value} ${value}`;
