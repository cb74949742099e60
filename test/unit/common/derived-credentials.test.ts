import { expect, test } from 'vitest';
import { BASE62 } from '../../../services/common/credentials/base62.ts';
import { CredentialFormat } from '../../../services/common/credentials/format.ts';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, type CredentialKind } from '../../../services/common/credentials/kinds.ts';

const [KEY, OLD_KEY] = ['a'.repeat(64), 'b'.repeat(64)];
const KINDS = Object.keys(CREDENTIAL_PREFIXES) as CredentialKind[];
const format = new CredentialFormat([KEY]);
const derived = (kind: CredentialKind, source: string, keys = [KEY]) =>
  new CredentialFormat(keys).derive(kind, source).reveal();
const bodyOf = (kind: CredentialKind, text: string) => text.slice(CREDENTIAL_PREFIXES[kind].length, -CHECK_LENGTH);

test.each(KINDS)('a derived credential is well formed and as long as a minted one: %s', (kind) => {
  for (let source = 0; source < 1_000; source++) {
    const text = derived(kind, String(source));
    expect(text).toHaveLength(format.mint(kind).reveal().length);
    expect(format.isWellFormed(kind, text)).toBe(true);
  }
});

test('the same source gives the same credential; a different source, kind or key gives a different one', () => {
  const text = derived('access_token', '1');
  expect(derived('access_token', '1')).toBe(text);
  const others = [
    bodyOf('access_token', derived('access_token', '2')),
    bodyOf('refresh_token', derived('refresh_token', '1')),
    bodyOf('access_token', derived('access_token', '1', [OLD_KEY])),
  ];
  expect(new Set([bodyOf('access_token', text), ...others]).size).toBe(4);
});

test('a known value: derived credentials are stable across releases', () => {
  expect(derived('refresh_token', '7 foor_x')).toMatchInlineSnapshot(`"foor_fJYxDNWjkh3FschNl8f6ywOiGLE5vHENCh7Dbj"`);
});

test('deriveWithEachKey returns the credential of each key, in the order of the keys', () => {
  const both = new CredentialFormat([KEY, OLD_KEY])
    .deriveWithEachKey('refresh_token', '1')
    .map((each) => each.reveal());
  expect(both).toEqual([derived('refresh_token', '1', [KEY]), derived('refresh_token', '1', [OLD_KEY])]);
  expect(derived('refresh_token', '1', [KEY, OLD_KEY])).toBe(both[0]);
});

test('characters are uniformly distributed, even at the first and last position', () => {
  const samples = 20_000;
  const bodies = Array.from({ length: samples }, (_, source) =>
    bodyOf('access_token', format.derive('access_token', String(source)).reveal()),
  );
  expect(new Set(bodies).size).toBe(samples);
  for (const position of [0, 1, 16, 31]) {
    const counts = new Map([...BASE62].map((character) => [character, 0]));
    for (const body of bodies) counts.set(body[position] as string, (counts.get(body[position] as string) ?? 0) + 1);
    const expected = samples / 62;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 61 degrees of freedom. The sources are fixed, so the result is the same in every run.
    expect(chiSquare).toBeLessThan(110);
  }
});
