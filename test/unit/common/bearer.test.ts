import { bearerCredential } from '@featureos/introspection-client';
import { expect, test } from 'vitest';
import { callerName } from '../../../services/common/callers/caller.ts';

test.each([
  ['Bearer abc', 'abc'],
  ['bearer abc', 'abc'],
  ['BEARER   abc  ', 'abc'],
  ['Bearer a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
])('the credential of %j is %j', (authorization, credential) => {
  expect(bearerCredential(authorization)).toBe(credential);
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Basic abc',
  'abc',
  'Bearerabc',
  'Bearer a b',
  'Bearer a\nb',
  'Bearer ä',
  ' Bearer abc',
  'Bearer a, Bearer b',
])('%j has no bearer credential', (authorization) => {
  expect(bearerCredential(authorization)).toBeUndefined();
});

test('the audit log names a caller as user:<id>, operator:<name> or service:<name>', () => {
  expect(callerName({ kind: 'user', userId: 3 })).toBe('user:3');
  expect(callerName({ kind: 'operator', name: 'ann' })).toBe('operator:ann');
  expect(callerName({ kind: 'platform', name: 'platform' })).toBe('service:platform');
});
