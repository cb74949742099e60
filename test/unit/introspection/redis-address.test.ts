import { expect, test } from 'vitest';
import { redisAddress } from '../../../services/introspection/read-path/redis/address.ts';

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
])('%s', (url, handshake) => {
  expect(redisAddress(url).handshake).toEqual(handshake);
});
