/** The texts of the pages match the catalogs of the services. */
import { expect, test } from 'vitest';
import { WEBHOOK_EVENTS } from '../../../services/auth-server/domain/webhook/event-catalog.ts';
import { SCOPE_CATALOG } from '../../../services/common/scopes/catalog.ts';
import { groupScopes } from '../../../services/web/src/scopes/groups.ts';
import { text } from '../../../services/web/src/text.ts';

test('describes every webhook event, in the order of the catalog', () => {
  expect(Object.keys(text.events)).toEqual([...WEBHOOK_EVENTS]);
});

test('has a group for every scope of the catalog', () => {
  const grouped = groupScopes(SCOPE_CATALOG);
  expect(grouped.find(({ group }) => group === 'other')?.scopes ?? []).toEqual([]);
  expect(grouped.flatMap(({ scopes }) => scopes)).toHaveLength(SCOPE_CATALOG.length);
});

test('shows scopes that give access to personal data before all others', () => {
  const flags = groupScopes(SCOPE_CATALOG).flatMap(({ scopes }) => scopes.map(({ sensitive }) => sensitive));
  expect(flags).toEqual([...flags].sort((one, other) => Number(other) - Number(one)));
});

test('puts an unknown scope in the group `other`', () => {
  expect(groupScopes([{ name: 'unknown:read' }])).toEqual([{ group: 'other', scopes: [{ name: 'unknown:read' }] }]);
});
