import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  effectiveScopes,
  intersectScopes,
  parseScopeParameter,
  type Role,
} from '../../services/common/scopes/algebra.ts';
import { SCOPE_CATALOG } from '../../services/common/scopes/catalog.ts';

const CATALOG = SCOPE_CATALOG.map(({ name }) => name);
const ROLES: readonly Role[] = ['admin', 'manager', 'csm', 'member', 'collaborator'];
const CAPPED: readonly Role[] = ['csm', 'member', 'collaborator'];

/** Lists in any order, with duplicates and unknown names. */
const scopes = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...CATALOG) }, fc.string()), {
  maxLength: 30,
});
const actor = fc.constantFrom('app' as const, 'self' as const);
const role = fc.option(fc.constantFrom(...ROLES), { nil: undefined });

const isSubset = (part: readonly string[], whole: readonly string[]) => part.every((name) => whole.includes(name));
const inOrder = (names: readonly string[]) => CATALOG.filter((name) => names.includes(name));

test('effective scopes were granted, and granted scopes are declared', () => {
  fc.assert(
    fc.property(scopes, scopes, actor, role, (requested, declared, mode, current) => {
      const granted = intersectScopes(requested, declared);
      const effective = effectiveScopes(granted, mode, current);
      expect(isSubset(effective, granted)).toBe(true);
      expect(isSubset(granted, declared)).toBe(true);
      expect(isSubset(granted, requested)).toBe(true);
    }),
  );
});

test('intersections and effective scopes are in catalog order without duplicates', () => {
  fc.assert(
    fc.property(scopes, scopes, actor, role, (some, others, mode, current) => {
      for (const result of [intersectScopes(some, others), effectiveScopes(some, mode, current)]) {
        expect(result).toEqual(inOrder(result));
      }
    }),
  );
});

test('an intersection has exactly the known scopes of both lists, whichever comes first', () => {
  fc.assert(
    fc.property(scopes, scopes, (some, others) => {
      const both = inOrder(some.filter((name) => others.includes(name)));
      expect(intersectScopes(some, others)).toEqual(both);
      expect(intersectScopes(others, some)).toEqual(both);
    }),
  );
});

test('narrowing is permanent: intersecting with more later restores nothing', () => {
  fc.assert(
    fc.property(scopes, scopes, scopes, (granted, narrow, wide) => {
      const cut = intersectScopes(granted, narrow);
      expect(intersectScopes(cut, [...narrow, ...wide])).toEqual(cut);
    }),
  );
});

test('a bot has what was granted, with any role or none', () => {
  fc.assert(
    fc.property(scopes, role, (granted, current) => {
      expect(effectiveScopes(granted, 'app', current)).toEqual(inOrder(granted));
    }),
  );
});

test('a user who is not a member has no scopes', () => {
  fc.assert(
    fc.property(scopes, (granted) => {
      expect(effectiveScopes(granted, 'self', undefined)).toEqual([]);
    }),
  );
});

test('csm, member and collaborator lose exactly the writing and managing scopes; admin and manager lose none', () => {
  fc.assert(
    fc.property(scopes, fc.constantFrom(...ROLES), (granted, current) => {
      const kept = CAPPED.includes(current) ? granted.filter((name) => !/:(write|manage)$/.test(name)) : granted;
      expect(effectiveScopes(granted, 'self', current)).toEqual(inOrder(kept));
    }),
  );
});

test('a scope parameter is split at any number of spaces, and duplicate names are removed', () => {
  const name = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,20}$/);
  const spaces = fc.integer({ min: 1, max: 3 }).map((count) => ' '.repeat(count));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, spaces)), (parts) => {
      const text = parts.map(([each, gap]) => gap + each).join('');
      expect(parseScopeParameter(text)).toEqual([...new Set(parts.map(([each]) => each))]);
    }),
  );
});
