import { describe, expect, test } from 'vitest';
import { explore } from '../../model/explore.ts';
import { exploreNodes, NODES_BROKEN, nodesProtocol } from '../../model/nodes/variants.ts';
import type { Variant } from '../../model/variant.ts';
import { BROKEN, protocol, REDUNDANT } from '../../model/variants.ts';

/** For one variant. `npm run model` explores larger ones. */
const TIMEOUT_MS = 120_000;

describe('the revocation model', () => {
  test.each([...protocol('small'), ...REDUNDANT])('keeps the guarantees: $name', { timeout: TIMEOUT_MS }, (variant) => {
    const { complete, violation } = explore(variant);
    expect(violation?.steps).toBeUndefined();
    expect(complete).toBe(true);
  });

  test.each(BROKEN)('violates a guarantee: $name', { timeout: TIMEOUT_MS }, (variant) => {
    expect(explore(variant).violation).toBeDefined();
  });

  test('a stamp with a fixed id breaks a guarantee only if another token creates it again after its drop', () => {
    const variant = BROKEN.find(({ flaw }) => flaw === 'a dropped stamp is replaced by a constant') as Variant;
    expect(explore({ ...variant, events: {} }).violation).toBeUndefined();
  });

  test.each(nodesProtocol('small'))('keeps the guarantees: $name', { timeout: TIMEOUT_MS }, (variant) => {
    const { complete, violation } = exploreNodes(variant);
    expect(violation?.steps).toBeUndefined();
    expect(complete).toBe(true);
  });

  test.each(NODES_BROKEN)('violates a guarantee: $name', { timeout: TIMEOUT_MS }, (variant) => {
    expect(exploreNodes(variant).violation).toBeDefined();
  });
});
