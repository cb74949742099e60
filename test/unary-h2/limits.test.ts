import { expect, test } from 'vitest';
import { createUnaryServer, DEFAULT_LIMITS } from '../../services/common/unary-h2/unary-server.ts';

const serverWith = (limits: Partial<typeof DEFAULT_LIMITS>) => () => createUnaryServer({ methods: new Map(), limits });

test.each(Object.keys(DEFAULT_LIMITS))('%s must be positive', (name) => {
  for (const value of [0, -1, Number.NaN]) expect(serverWith({ [name]: value })).toThrow(`${name} must be positive`);
});

test('windows must not be smaller than the initial window (RFC 9113 section 6.9.2)', () => {
  expect(serverWith({ streamWindowBytes: 65_534 })).toThrow('at least 65535');
  expect(serverWith({ connectionWindowBytes: 65_534 })).toThrow('at least 65535');
  serverWith({ streamWindowBytes: 65_535, connectionWindowBytes: 65_535 })();
});
