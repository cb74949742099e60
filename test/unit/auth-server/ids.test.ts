/** `npm run check` fails if a line after `@ts-expect-error` compiles. */
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import type { Affected } from '../../../services/auth-server/domain/authority.ts';
import type { DirectoryStore } from '../../../services/auth-server/domain/directory/directory-store.ts';
import { asOrganizationId, asUserId, isHookId, isInstallId } from '../../../services/auth-server/domain/ids.ts';
import type { Schema } from '../../../services/auth-server/store/schema.ts';

const organization = asOrganizationId(1);
const user = asUserId(2);

test('an id of one kind does not fit where one of another kind is expected', async () => {
  const roleOf: DirectoryStore['roleOf'] = async () => 'admin';
  expect(await roleOf(organization, user)).toBe('admin');
  // @ts-expect-error: the ids are swapped
  await roleOf(user, organization);
  // @ts-expect-error: a number has no kind
  await roleOf(1, 2);
});

test('nor does it in a query, or in what a change affects', () => {
  const members = (db: Kysely<Schema>) => db.selectFrom('memberships').where('user_id', '=', user);
  // @ts-expect-error: the column has ids of users
  const swapped = (db: Kysely<Schema>) => db.selectFrom('memberships').where('user_id', '=', organization);
  // @ts-expect-error: an organization is not an app
  const affected: Affected = { app: organization };
  expect([members, swapped, affected]).toHaveLength(3);
});

test('only a UUID is the id of an install or a hook', () => {
  for (const isId of [isInstallId, isHookId]) {
    expect(isId('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(true);
    expect(isId('01890a5d-ac96-774b-bcce-b302099a80570')).toBe(false);
    expect(isId('1')).toBe(false);
  }
});
