import { expect, test } from 'vitest';
import { createLane, DEFAULT_LIMITS } from '../../services/introspection/lane/lane.ts';

const laneWith = (limits: Partial<typeof DEFAULT_LIMITS>) => () => createLane({ methods: new Map(), limits });

test.each(Object.keys(DEFAULT_LIMITS))('%s must be positive', (name) => {
  for (const value of [0, -1, Number.NaN]) expect(laneWith({ [name]: value })).toThrow(`${name} must be positive`);
});

test('windows may not be smaller than what a client may use before it knows (RFC 9113 section 6.9.2)', () => {
  expect(laneWith({ streamWindowBytes: 65_534 })).toThrow('at least 65535');
  expect(laneWith({ connectionWindowBytes: 65_534 })).toThrow('at least 65535');
  laneWith({ streamWindowBytes: 65_535, connectionWindowBytes: 65_535 })();
});
