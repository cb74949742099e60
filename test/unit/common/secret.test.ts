import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../services/common/credentials/secret.ts';
import { recordingLog } from './recording-log.ts';

const TEXT = 'foot_canary';
const secret = new Secret(TEXT);

test('reveal() returns the text', () => {
  expect(secret.reveal()).toBe(TEXT);
});

test.each<[string, () => unknown]>([
  ['String()', () => String(secret)],
  ['a template', () => `${secret}`],
  ['concatenation', () => `token: ${secret}`],
  ['JSON', () => JSON.stringify({ nested: [secret] })],
  ['inspect', () => inspect({ nested: { deep: { deeper: { secret } } } }, { depth: null })],
  ['inspect without custom functions', () => inspect(secret, { customInspect: false, showHidden: true, depth: null })],
  ['format with %s', () => format('%s', secret)],
  ['format with %j and %o', () => format('%j %o %O', secret, secret, secret)],
  ["an Error's message", () => new Error(`failed with ${secret}`).message],
  ["an Error's stack", () => new Error(String(secret)).stack],
  [
    'inspect of an Error with the secret',
    () => inspect(Object.assign(new Error('failed', { cause: secret }), { secret })),
  ],
  ['own keys and values', () => JSON.stringify([Reflect.ownKeys(secret), Object.entries(secret)])],
  ['a structured clone', () => inspect(structuredClone(secret), { showHidden: true, customInspect: false })],
  ['spread', () => JSON.stringify({ ...secret })],
])('%s does not show the text', (_way, show) => {
  expect(String(show())).not.toContain('canary');
});

test('a log line does not show the text', () => {
  const { lines, log } = recordingLog();
  log.info({ secret, nested: { secret }, err: Object.assign(new Error('failed'), { secret }) }, `issued ${secret}`);
  expect(lines).toMatchObject([{ secret: '[secret]', msg: 'issued [secret]' }]);
  expect(JSON.stringify(lines)).not.toContain('canary');
});
