/** The words of the pages against what the services know. */
import { expect, test } from 'vitest';
import { WEBHOOK_EVENTS } from '../../../services/auth-server/domain/webhook/event-catalog.ts';
import { SCOPE_CATALOG } from '../../../services/common/scopes/catalog.ts';
import { groupScopes } from '../../../services/web/src/scopes/groups.ts';
import { text } from '../../../services/web/src/text.ts';

test('every webhook event has its words, in the order of the catalog', () => {
  expect(Object.keys(text.events)).toEqual([...WEBHOOK_EVENTS]);
});

test('every scope of the catalog has a group', () => {
  const grouped = groupScopes(SCOPE_CATALOG);
  expect(grouped.find(({ group }) => group === 'other')?.scopes ?? []).toEqual([]);
  expect(grouped.flatMap(({ scopes }) => scopes)).toHaveLength(SCOPE_CATALOG.length);
});

test('a scope that the pages do not know is shown nevertheless', () => {
  expect(groupScopes([{ name: 'unheard-of:read' }])).toEqual([
    { group: 'other', scopes: [{ name: 'unheard-of:read' }] },
  ]);
});
