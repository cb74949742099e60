import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();

const ask = async (path: string) => {
  const { status, body } = await bed.world.http('GET', path);
  return { status, body };
};

test('a server that can do its work is live and ready, and anyone may ask', async () => {
  expect(await ask('/livez')).toEqual({ status: 200, body: { status: 'live' } });
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready' } });
});

test('without its database it is live but not ready, and ready again with it', async () => {
  const name = new URL(bed.system.databaseUrl).pathname.slice(1);
  const admin = new pg.Client({ connectionString: inject('databaseAdminUrl') });
  await admin.connect();
  try {
    // sessions are made again as fast as they are ended, until the name is gone
    const moved = () =>
      admin
        .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
        .then(() => admin.query(`ALTER DATABASE ${name} RENAME TO ${name}_away`));
    await expect.poll(() => moved().then(() => 'moved', String)).toBe('moved');
    expect(await ask('/readyz')).toEqual({ status: 503, body: { status: 'not ready' } });
    expect(await ask('/livez')).toEqual({ status: 200, body: { status: 'live' } });
  } finally {
    await admin.query(`ALTER DATABASE ${name}_away RENAME TO ${name}`);
    await admin.end();
  }
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready' } });
});
