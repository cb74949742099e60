import { describe, expect, test } from 'vitest';
import { explore } from '../../model/explore.ts';
import { exploreNodes, NODES_BROKEN, nodesProtocol } from '../../model/nodes/variants.ts';
import type { Variant } from '../../model/variant.ts';
import { BROKEN, protocol, REDUNDANT } from '../../model/variants.ts';

/** `npm run model` explores larger worlds by hand. */
const TIMEOUT_MS = 120_000;

describe('every order of steps', () => {
  test.each([...protocol('small'), ...REDUNDANT])('keeps the guarantees: $name', { timeout: TIMEOUT_MS }, (variant) => {
    const { complete, violation } = explore(variant);
    expect(violation?.steps).toBeUndefined();
    expect(complete).toBe(true);
  });

  test.each(BROKEN)('detects: $name', { timeout: TIMEOUT_MS }, (variant) => {
    expect(explore(variant).violation).toBeDefined();
  });

  test('a dropped stamp with a fixed id is not valid until it is created again', () => {
    const variant = BROKEN.find(({ flaw }) => flaw === 'a dropped stamp is replaced by a fixed one') as Variant;
    expect(explore({ ...variant, events: {} }).violation).toBeUndefined();
  });

  test.each(nodesProtocol('small'))('keeps the guarantees: $name', { timeout: TIMEOUT_MS }, (variant) => {
    const { complete, violation } = exploreNodes(variant);
    expect(violation?.steps).toBeUndefined();
    expect(complete).toBe(true);
  });

  test.each(NODES_BROKEN)('detects: $name', { timeout: TIMEOUT_MS }, (variant) => {
    expect(exploreNodes(variant).violation).toBeDefined();
  });
});
