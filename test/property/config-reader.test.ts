import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigReader } from '../../services/common/process/config-readers.ts';

const NAME = 'SOME_NAME';
const reader = (value?: string) => new ConfigReader({ [NAME]: value });
const range = fc
  .tuple(fc.integer({ min: -1_000, max: 100_000 }), fc.nat({ max: 100_000 }))
  .map(([min, span]) => ({ fallback: min, min, max: min + span }));

test('accepts a whole number within the bounds', () => {
  fc.assert(
    fc.property(range, fc.nat(), (options, offset) => {
      const value = options.min + (offset % (options.max - options.min + 1));
      const read = reader(String(value));
      expect(read.integer(NAME, options)).toBe(value);
      expect(() => read.done()).not.toThrow();
    }),
  );
});

test('names the bounds for a number outside of them', () => {
  fc.assert(
    fc.property(range, fc.integer({ min: 1, max: 1_000_000 }), fc.boolean(), (options, beyond, above) => {
      const read = reader(String(above ? options.max + beyond : options.min - beyond));
      read.integer(NAME, options);
      expect(() => read.done()).toThrow(`${NAME} must be a whole number from ${options.min} to ${options.max}`);
    }),
  );
});

test('rejects what is not a whole number in decimal digits', () => {
  const notDecimal = fc.oneof(
    fc.constantFrom(' ', '\t', '1.5', '1e3', '0x10', '0b1', '1_000', 'NaN', 'Infinity', '5s', '--1', '+', '-'),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(
      notDecimal.filter((text) => !/^-?[0-9]+$/.test(text)),
      (text) => {
        const read = reader(text);
        read.integer(NAME, { fallback: 1, min: -1_000_000, max: 1_000_000 });
        expect(() => read.done()).toThrow(NAME);
      },
    ),
  );
});

test('the fallback replaces a missing or empty value; without a fallback, an empty value is a problem', () => {
  for (const missing of [undefined, '']) {
    const read = reader(missing);
    expect(read.text(NAME, 'a')).toBe('a');
    expect(read.integer(NAME, { fallback: 7, min: 0, max: 9 })).toBe(7);
    expect(read.port(NAME, 80)).toBe(80);
    expect(read.flag(NAME, true)).toBe(true);
    expect(read.choice(NAME, ['a', 'b'], 'b')).toBe('b');
    expect(read.list(NAME, 'a,b')).toEqual(['a', 'b']);
    expect(() => read.done()).not.toThrow();
  }
  for (const kind of ['text', 'list'] as const) {
    const read = reader('');
    read[kind](NAME);
    expect(() => read.done()).toThrow(`${NAME} is required`);
  }
});

test('a flag is exactly true or false', () => {
  expect(reader('true').flag(NAME, false)).toBe(true);
  expect(reader('false').flag(NAME, true)).toBe(false);
  const other = fc
    .oneof(fc.constantFrom('1', '0', 'yes', 'no', 'TRUE', 'True', ' true', 'on'), fc.string({ minLength: 1 }))
    .filter((text) => text !== 'true' && text !== 'false');
  fc.assert(
    fc.property(other, fc.boolean(), (text, fallback) => {
      const read = reader(text);
      read.flag(NAME, fallback);
      expect(() => read.done()).toThrow(`${NAME} must be true or false`);
    }),
  );
});

test('a choice is one of the choices', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1 }),
      fc.string({ minLength: 1 }),
      (choices, text) => {
        const read = reader(text);
        const chosen = read.choice(NAME, choices, choices[0] as string);
        if (choices.includes(text)) expect(chosen).toBe(text);
        else expect(() => read.done()).toThrow(`${NAME} must be one of ${choices.join(', ')}`);
      },
    ),
  );
});

test('a list has its items without surrounding spaces', () => {
  const item = fc.stringMatching(/^[a-z0-9=._-]{1,12}$/);
  const gap = fc.stringMatching(/^ {0,2}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, item, gap), { minLength: 1 }), (items) => {
      const text = items.map((parts) => parts.join('')).join(',');
      expect(reader(text).list(NAME)).toEqual(items.map(([, each]) => each));
    }),
  );
});

test('one error names every problem', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[A-Z_]{3,10}$/), { minLength: 1, maxLength: 8 }), (names) => {
      const read = new ConfigReader(Object.fromEntries(names.map((name) => [name, 'perhaps'])));
      names.forEach((name, at) => {
        if (at % 2 === 0) read.flag(name, false);
        else read.port(name, 1);
      });
      let message = '';
      try {
        read.done();
      } catch (error) {
        message = (error as Error).message;
      }
      // The second and later lines are `  - NAME …`.
      expect(
        message
          .split('\n')
          .slice(1)
          .map((line) => line.split(' ')[3]),
      ).toEqual(names);
    }),
  );
});
