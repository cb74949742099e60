/** `npm run check` fails if a line after `@ts-expect-error` compiles. */
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import type { Affected } from '../../../services/auth-server/domain/authority.ts';
import type { DirectoryStore } from '../../../services/auth-server/domain/directory/directory-store.ts';
import { asOrganizationId, asUserId, isHookId, isInstallId } from '../../../services/auth-server/domain/ids.ts';
import type { Schema } from '../../../services/auth-server/store/schema.ts';

const organization = asOrganizationId(1);
const user = asUserId(2);

test('an id of one kind is not accepted as one of another kind', async () => {
  const roleOf: DirectoryStore['roleOf'] = async () => 'admin';
  expect(await roleOf(organization, user)).toBe('admin');
  // @ts-expect-error: the ids are swapped
  await roleOf(user, organization);
  // @ts-expect-error: a plain number is not an id
  await roleOf(1, 2);
});

test('ids are distinguished in queries and in what a change affects', () => {
  const members = (db: Kysely<Schema>) => db.selectFrom('memberships').where('user_id', '=', user);
  // @ts-expect-error: the column has ids of users
  const swapped = (db: Kysely<Schema>) => db.selectFrom('memberships').where('user_id', '=', organization);
  // @ts-expect-error: an organization is not an app
  const affected: Affected = { app: organization };
  expect([members, swapped, affected]).toHaveLength(3);
});

test('ids of installs and hooks are UUIDs', () => {
  for (const isId of [isInstallId, isHookId]) {
    expect(isId('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(true);
    expect(isId('01890a5d-ac96-774b-bcce-b302099a80570')).toBe(false);
    expect(isId('1')).toBe(false);
  }
});
