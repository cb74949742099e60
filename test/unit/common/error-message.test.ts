import { expect, test } from 'vitest';
import { messageOf } from '../../../services/common/errors/error-message.ts';

const [refused, unreachable] = [new Error('connect ECONNREFUSED 10.0.0.1:1'), new Error('connect ENETUNREACH ::1:1')];

test('a failure to connect to a host with several addresses has the messages of all addresses, in the same order', () => {
  const text = 'connect ECONNREFUSED 10.0.0.1:1; connect ENETUNREACH ::1:1';
  expect(messageOf(new AggregateError([refused, unreachable]))).toBe(text);
  expect(messageOf(new AggregateError([unreachable, refused, refused]))).toBe(text);
});

test('other errors keep their message', () => {
  expect(messageOf(refused)).toBe(refused.message);
  expect(messageOf(new AggregateError([refused], 'All promises were rejected'))).toBe('All promises were rejected');
  expect(messageOf(new Error(''))).toBe('');
});
