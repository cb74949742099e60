import { expect, test } from 'vitest';
import { parseOptions } from '../../../scripts/probe/options.ts';

const SERVER = ['--issuer', 'https://as.example', '--client-id', 'c'];

test('without options: one round against the running stack', () => {
  expect(parseOptions([])).toMatchObject({ server: undefined, rounds: 1, intervalMs: undefined, watchMs: 2_000 });
});

test('accepts introspection and resource URLs', () => {
  const urls = ['https://as.example/introspect', 'grpcs://introspection.example:8082'];
  const args = [...SERVER, ...urls.flatMap((url) => ['--introspection', url]), '--resource', 'http://api.example/me'];
  const { server } = parseOptions(args) ?? {};
  expect(server?.introspection.map(({ href }) => href)).toEqual(urls);
  expect(server?.resources.map(({ href }) => href)).toEqual(['http://api.example/me']);
});

test.each([
  [['--rounds', 'many'], '--rounds takes a number'],
  [['--introspection', 'http://as.example'], '--issuer is missing: --introspection needs it'],
  [['--scope', 's', '--client-id', 'c'], '--issuer is missing: --client-id, --scope need it'],
  [['--issuer', 'https://as.example', '--resource', 'http://api.example'], '--issuer needs --client-id'],
  [SERVER, '--issuer needs --introspection or --resource'],
  [[...SERVER, '--introspection', 'ftp://as.example'], '--introspection takes a URL'],
  [[...SERVER, '--introspection', 'grpc://as.example'], '--introspection needs a port'],
  [['--wrong'], '--wrong'],
])('rejects %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
