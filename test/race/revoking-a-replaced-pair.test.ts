/** A revocation by refresh token has found the live pair, and waits for the lock while another server replaces that pair. */
import { beforeEach, expect, test } from 'vitest';
import { openSession } from '../support/database.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let target: OrganizationWithAdmin;
let app: RegisteredApp;
let old: Pair;

beforeEach(async () => {
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp();
  old = await bed.world.installInto(target, app);
});

/** Replaces the live pair by one for the same code, as a refresh does, or for another one, as a new consent does. */
async function revokeDuringReplacement(reason: 'refreshed' | 'replaced'): Promise<void> {
  const session = await openSession(bed.system.databaseUrl);
  await session.query('BEGIN');
  const installKey = `SELECT 'install:' || id || ':' || $1::text FROM apps WHERE client_id = $2`;
  await session.query(`SELECT take_lock((${installKey}), 'update')`, [String(target.id), app.clientId]);
  const revoked = bed.world.client(app, '/oauth/revoke', { token: old.refresh_token });
  await expect.poll(() => bed.tables.waitingForLocks(), { timeout: 4_000 }).toBeGreaterThan(0);
  const codeId = reason === 'refreshed' ? 'code_id' : 'code_id + 1';
  const installId = `SELECT installs.id FROM installs JOIN apps ON apps.id = app_id WHERE client_id = $1`;
  await session.query(`UPDATE tokens SET ended_at = now(), end_reason = $2 WHERE install_id = (${installId})`, [
    app.clientId,
    reason,
  ]);
  await session.query(
    `INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
     SELECT install_id, ${codeId}, sha256(access_hash), sha256(refresh_hash), now(), access_expires_at
     FROM tokens WHERE install_id = (${installId})`,
    [app.clientId],
  );
  await session.query('COMMIT');
  expectStatus(200, await revoked);
}

test('a new consent stays, because the revoked token was of another grant', async () => {
  await revokeDuringReplacement('replaced');
  expect(await bed.world.installOf(app, target)).toMatchObject({ status: 'active' });
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
});

test('a refresh does not save the install, because it continues the revoked grant', async () => {
  await revokeDuringReplacement('refreshed');
  expect(await bed.world.installOf(app, target)).toBeUndefined();
  expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
});
