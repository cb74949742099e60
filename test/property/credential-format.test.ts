import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { CREDENTIAL_PREFIXES, type CredentialKind } from '../../services/common/credentials/kinds.ts';
import { anyText } from './any-text.ts';
import { oneCharacterChange } from './one-character-change.ts';

const KINDS = Object.keys(CREDENTIAL_PREFIXES) as CredentialKind[];

const newKey = () => randomBytes(32).toString('hex');
const KEY = newKey();
const format = new CredentialFormat([KEY]);

/** A new credential, minted with real randomness. */
const minted = fc
  .constantFrom(...KINDS)
  .chain((kind) => fc.constant(null).map(() => ({ kind, text: format.mint(kind).reveal() })));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

test('a minted credential is well formed as its kind', () => {
  fc.assert(
    fc.property(minted, ({ kind, text }) => {
      expect(text).toMatch(new RegExp(`^${CREDENTIAL_PREFIXES[kind]}[0-9A-Za-z]{38}$`));
      expect(format.isWellFormed(kind, text)).toBe(true);
    }),
  );
});

test('a credential is invalid as another kind, even with the prefix of that kind', () => {
  fc.assert(
    fc.property(minted, fc.constantFrom(...KINDS), ({ kind, text }, other) => {
      fc.pre(other !== kind);
      expect(format.isWellFormed(other, text)).toBe(false);
      const body = text.slice(CREDENTIAL_PREFIXES[kind].length);
      expect(format.isWellFormed(other, CREDENTIAL_PREFIXES[other] + body)).toBe(false);
    }),
  );
});

test('a credential with any one-character change is invalid as every kind', () => {
  const changed = minted.chain(({ text }) => oneCharacterChange(text));
  fc.assert(
    fc.property(changed, (text) => {
      for (const kind of KINDS) expect(format.isWellFormed(kind, text)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

test('rejects every substitution, deletion and transposition of one token', () => {
  const text = format.mint('access_token').reveal();
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-';
  for (let i = 0; i < text.length; i++) {
    const [before, current, next, after] = [text.slice(0, i), text[i], text[i + 1] ?? '', text.slice(i + 2)];
    const changes = [...alphabet].map((char) => before + char + next + after);
    changes.push(before + next + after, before + next + current + after);
    for (const changed of changes) expect(format.isWellFormed('access_token', changed)).toBe(changed === text);
  }
});

test('rejects arbitrary text, with or without a prefix', () => {
  const body = fc.oneof(anyText, fc.stringMatching(/^[0-9A-Za-z]{38}$/));
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), body, (kind, text) => {
      expect(format.isWellFormed(kind, text)).toBe(false);
      expect(format.isWellFormed(kind, CREDENTIAL_PREFIXES[kind] + text)).toBe(false);
    }),
  );
});

test('credentials of an old key are accepted while that key is configured', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.uniqueArray(key, { minLength: 2, maxLength: 5 }),
      fc.nat(),
      (kind, keys, at) => {
        const old = keys[at % keys.length] as string;
        const text = new CredentialFormat([old]).mint(kind).reveal();
        expect(new CredentialFormat(keys).isWellFormed(kind, text)).toBe(true);
        expect(new CredentialFormat(keys.filter((other) => other !== old)).isWellFormed(kind, text)).toBe(false);
      },
    ),
  );
});

test('mints with the first key', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.uniqueArray(key, { minLength: 2, maxLength: 5 }), (kind, keys) => {
      const text = new CredentialFormat(keys).mint(kind).reveal();
      expect(new CredentialFormat(keys.slice(0, 1)).isWellFormed(kind, text)).toBe(true);
      expect(new CredentialFormat(keys.slice(1)).isWellFormed(kind, text)).toBe(false);
    }),
  );
});

test('rejects keys that are not 64 lower-case hex digits, without quoting them', () => {
  const badKey = fc
    .oneof(
      fc.string(),
      key.map((text) => text.slice(1)),
      key.map((text) => `${text}0`),
      key.map((text) => `${text.slice(1)}G`),
    )
    .filter((text) => !/^[0-9a-f]{64}$/.test(text));
  expect(() => new CredentialFormat([])).toThrow(/64 lower-case hex/);
  fc.assert(
    fc.property(fc.array(key, { maxLength: 2 }), badKey, (good, bad) => {
      const build = () => new CredentialFormat([...good, bad]);
      expect(build).toThrow(/^credential keys must be one or more strings of 64 lower-case hex digits$/);
    }),
  );
});

test('ten thousand credentials are all different', () => {
  const texts = Array.from({ length: 10_000 }, () => format.mint('access_token').reveal());
  expect(new Set(texts).size).toBe(texts.length);
});
