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

/** Lists as they could come from anywhere: in any order, with repetitions, with names that are in no catalog. */
const scopes = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...CATALOG) }, fc.string()), {
  maxLength: 30,
});
const actor = fc.constantFrom('app' as const, 'self' as const);
const role = fc.option(fc.constantFrom(...ROLES), { nil: undefined });

const isSubset = (part: readonly string[], whole: readonly string[]) => part.every((name) => whole.includes(name));
const inOrder = (names: readonly string[]) => CATALOG.filter((name) => names.includes(name));

test('what is effective was granted, and what was granted is declared', () => {
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

test('every list of scopes comes out in catalog order, each known name once', () => {
  fc.assert(
    fc.property(scopes, scopes, actor, role, (some, others, mode, current) => {
      for (const result of [intersectScopes(some, others), effectiveScopes(some, mode, current)]) {
        expect(result).toEqual(inOrder(result));
      }
    }),
  );
});

test('an intersection keeps all that both sides have, whichever side comes first', () => {
  fc.assert(
    fc.property(scopes, scopes, (some, others) => {
      const both = inOrder(some.filter((name) => others.includes(name)));
      expect(intersectScopes(some, others)).toEqual(both);
      expect(intersectScopes(others, some)).toEqual(both);
    }),
  );
});

test('narrowing cuts for good: intersecting with more later gives nothing back', () => {
  fc.assert(
    fc.property(scopes, scopes, scopes, (granted, narrow, wide) => {
      const cut = intersectScopes(granted, narrow);
      expect(intersectScopes(cut, [...narrow, ...wide])).toEqual(cut);
    }),
  );
});

test('a bot has what was granted, whatever role is said to go with it', () => {
  fc.assert(
    fc.property(scopes, role, (granted, current) => {
      expect(effectiveScopes(granted, 'app', current)).toEqual(inOrder(granted));
    }),
  );
});

test('a user who is no member has nothing', () => {
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

test('a scope parameter gives back the names it was made of, each once, however they are spaced', () => {
  const name = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,20}$/);
  const spaces = fc.integer({ min: 1, max: 3 }).map((count) => ' '.repeat(count));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, spaces)), (parts) => {
      const text = parts.map(([each, gap]) => gap + each).join('');
      expect(parseScopeParameter(text)).toEqual([...new Set(parts.map(([each]) => each))]);
    }),
  );
});
