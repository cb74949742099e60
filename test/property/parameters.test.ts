import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Parameters } from '../../services/auth-server/http/parameters.ts';
import { AppError } from '../../services/common/errors/app-error.ts';
import { anyText } from './any-text.ts';

const text = fc.string({ unit: 'grapheme' });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

const encode = (pairs: readonly (readonly [string, string])[]) =>
  new URLSearchParams(pairs.map(([key, value]): [string, string] => [key, value])).toString();

test('parameters that occur once are read as they were sent', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, text), { selector: ([key]) => key }), (pairs) => {
      const parameters = Parameters.fromUrlEncoded(encode(pairs)).requireUnique();
      for (const [key, value] of pairs) expect(parameters.get(key)).toBe(value);
    }),
  );
});

test('names each repeated parameter once, and no other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'toString', '__proto__'), text)), (pairs) => {
      const names = pairs.map(([key]) => key);
      const twice = [...new Set(names.filter((key, at) => names.indexOf(key) !== at))];
      const parameters = Parameters.fromUrlEncoded(encode(pairs));
      expect([...parameters.duplicates].sort()).toEqual(twice.sort());
      if (twice.length > 0) expect(() => parameters.requireUnique()).toThrow(AppError);
      else expect(parameters.requireUnique()).toBe(parameters);
    }),
  );
});

test('a repeated parameter is an error even if both values are the same, or empty', () => {
  for (const given of ['code=a&code=a', 'code=&code=', 'code=a&code=', 'code&code', 'c%6Fde=a&code=a']) {
    expect(() => Parameters.fromUrlEncoded(given).requireUnique()).toThrow('duplicate parameters: code');
  }
});

test('a missing parameter is empty, even if it is named like a member of Object.prototype or Map.prototype', () => {
  fc.assert(
    fc.property(fc.constantFrom('constructor', 'toString', '__proto__', 'hasOwnProperty', 'get'), (key) => {
      expect(Parameters.fromUrlEncoded('').get(key)).toBe('');
      expect(Parameters.fromJson({}).get(key)).toBe('');
    }),
  );
});

/** The decoded text; undefined if its escapes are not UTF-8. */
function decoded(given: string): string | undefined {
  try {
    return decodeURIComponent(given.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return undefined;
  }
}

test('any text is read as a form, unless its escapes are not UTF-8', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.constantFrom('%A0', '%C3%A4', '%', '%G0', '%ED%A0%80')), (given) => {
      if (decoded(given) === undefined) expect(() => Parameters.fromUrlEncoded(given)).toThrow('not UTF-8');
      else expect(Array.isArray(Parameters.fromUrlEncoded(given).duplicates)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('in JSON, a string is a parameter, null counts as missing, and other values cannot be read as strings', () => {
  fc.assert(
    fc.property(fc.dictionary(name, fc.jsonValue()), (body) => {
      const parameters = Parameters.fromJson(body);
      for (const [key, value] of Object.entries(body)) {
        if (value === null || typeof value === 'string') expect(parameters.get(key)).toBe(value ?? '');
        else expect(() => parameters.get(key)).toThrow('must be a string');
      }
    }),
  );
});

test('rejects JSON that is not an object', () => {
  const notAnObject = fc.oneof(fc.array(fc.jsonValue()), fc.string(), fc.double(), fc.boolean(), fc.constant(null));
  fc.assert(
    fc.property(notAnObject, (body) => {
      expect(() => Parameters.fromJson(body)).toThrow('the body must be a JSON object');
    }),
  );
});
