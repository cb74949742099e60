import { expect, test } from 'vitest';
import { parseRedisUrl } from '../../../services/common/redis/redis-url.ts';
import { handshakeCommands } from '../../../services/introspection/read-path/redis/commands.ts';

test.each<[string, string[][]]>([
  ['redis://127.0.0.1:6379', [['HELLO', '3']]],
  ['redis://:p%40ss@redis.test', [['HELLO', '3', 'AUTH', 'default', 'p@ss']]],
  ['rediss://some%20user:secret@redis.test:6380', [['HELLO', '3', 'AUTH', 'some user', 'secret']]],
  [
    'redis://[::1]:6379/2',
    [
      ['HELLO', '3'],
      ['SELECT', '2'],
    ],
  ],
  ['redis://redis.test/', [['HELLO', '3']]],
  ['redis+sentinel://user:p%2Fw@one,two/main', [['HELLO', '3', 'AUTH', 'user', 'p/w']]],
])('the handshake for %s sends its credentials and database', (url, handshake) => {
  expect(handshakeCommands(parseRedisUrl(url))).toEqual(handshake);
});

test('the port of a server is 6379 unless the URL has one', () => {
  expect(parseRedisUrl('redis://redis.test').server).toEqual({ host: 'redis.test', port: 6379 });
  expect(parseRedisUrl('rediss://[::1]:7000')).toMatchObject({ isTls: true, server: { host: '::1', port: 7000 } });
});

test('a Sentinel URL names all Sentinels, the primary, the database and separate credentials for Sentinels', () => {
  const url =
    'rediss+sentinel://app:secret@one:1,two.test,[::1]:3/main/4?sentinel_username=watch&sentinel_password=p%26w';
  expect(parseRedisUrl(url)).toEqual({
    isTls: true,
    credentials: { username: 'app', password: 'secret' },
    database: 4,
    server: {
      addresses: [
        { host: 'one', port: 1 },
        { host: 'two.test', port: 26379 },
        { host: '::1', port: 3 },
      ],
      primaryName: 'main',
      credentials: { username: 'watch', password: 'p&w' },
    },
  });
  expect(parseRedisUrl('redis+sentinel://one/main')).toEqual({
    isTls: false,
    credentials: {},
    database: 0,
    server: { addresses: [{ host: 'one', port: 26379 }], primaryName: 'main', credentials: {} },
  });
});

test.each([
  ['http://redis.test', 'must be redis:// or rediss://'],
  ['redis://one,two/main', 'must be redis:// or rediss://'],
  ['redis://redis.test/main', 'must have a database number or nothing after the host'],
  ['redis+sentinel://:canary@one:1,two:2', 'must name the primary after the Sentinels'],
  ['redis+sentinel://:canary@one:1/?sentinel_password=x', 'must name the primary after the Sentinels'],
  ['redis+sentinel://:canary@/main', 'must list Sentinels as host:port'],
  ['redis+sentinel://:canary@one:1,,two:2/main', 'must list Sentinels as host:port'],
  ['redis+sentinel://:canary@one:70000/main', 'must list Sentinels as host:port'],
  ['redis+sentinel://:canary@::1/main', 'must list Sentinels as host:port'],
  ['redis+sentinel://:canary@one/main/first', 'must have a database number or nothing after the name'],
  ['redis+sentinel://:canary@one/main?password=canary', 'may have the options sentinel_username'],
  ['redis+sentinel://:canary%@one/main', 'must percent-encode'],
])('rejects %s without repeating its password', (url, problem) => {
  expect(() => parseRedisUrl(url)).toThrow(problem);
  expect(() => parseRedisUrl(url)).not.toThrow('canary');
});
