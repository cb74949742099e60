import { expect, test } from 'vitest';
import { substitute } from '../../../scripts/bench/statements/substitute.ts';

const FROM = { appId: 1, clientId: 'one', hash: Buffer.from('aaaa') };
const TO = { appId: 2, clientId: 'two', hash: Buffer.from('bbbb') };

const valuesOf = (...values: Parameters<typeof substitute>[0][number]['values'][]) =>
  substitute(
    values.map((each) => ({ text: 'SELECT', values: each, rowCount: 1 })),
    FROM,
    TO,
  ).map((statement) => statement.values);

test('what is the recorded subject’s becomes the other’s, also in arrays and as plain bytes', () => {
  expect(valuesOf([1, 'one', [1, 7]], [new Uint8Array(Buffer.from('aaaa'))])).toEqual([[2, 'two', [2, 7]], [TO.hash]]);
});

test('a text is not taken for a number that looks like it', () => {
  expect(valuesOf(['1', true, null])).toEqual([['1', true, null]]);
});

test('other bytes are drawn anew for each request, and are the same within it', () => {
  const random = Buffer.from('drawn at random');
  const [[first], [second]] = valuesOf([random], [random]) as [[Buffer], [Buffer]];
  expect(first).toEqual(second);
  expect(first).toHaveLength(random.length);
  expect(first).not.toEqual(random);
  expect(valuesOf([random])[0]).not.toEqual([first]);
});
