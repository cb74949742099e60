import fc from 'fast-check';
import { anyCharacter } from './any-text.ts';

/** `text` with one character substituted, deleted or inserted, or two neighbors exchanged; never `text` itself. */
export function oneCharacterChange(text: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: text.length - 1 });
  const substituted = fc.tuple(at, anyCharacter).map(([i, char]) => text.slice(0, i) + char + text.slice(i + 1));
  const deleted = at.map((i) => text.slice(0, i) + text.slice(i + 1));
  const inserted = fc
    .tuple(fc.nat({ max: text.length }), anyCharacter)
    .map(([i, char]) => text.slice(0, i) + char + text.slice(i));
  const transposed = at.map(
    (i) => text.slice(0, i) + text.slice(i + 1, i + 2) + text.slice(i, i + 1) + text.slice(i + 2),
  );
  return fc.oneof(substituted, deleted, inserted, transposed).filter((changed) => changed !== text);
}
