import { describe, expect, test } from 'vitest';
import { explore } from '../../model/explore.ts';
import { VARIANTS } from '../../model/variants.ts';

/** The smallest worlds that tell the variants apart; `npm run model -- 2 2` explores larger ones by hand. */
const HOLDING = { changes: 2, replicas: 2, introspects: 1 };
const BREAKING = { changes: 2, replicas: 2, introspects: 2 };
const TIMEOUT_MS = 120_000;

describe('every order of steps', () => {
  test.each(VARIANTS.filter(({ holds }) => holds))('keeps the promises: $name', { timeout: TIMEOUT_MS }, (variant) => {
    const { complete, violation } = explore(variant, HOLDING);
    expect(violation?.steps).toBeUndefined();
    expect(complete).toBe(true);
  });

  test.each(VARIANTS.filter(({ holds }) => !holds))('is caught: $name', { timeout: TIMEOUT_MS }, (variant) => {
    expect(explore(variant, BREAKING).violation).toBeDefined();
  });
});
