import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { openSession } from '../support/database.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { runScript } from '../support/run-script.ts';
import { testBed } from '../support/test-bed.ts';

const INSERT = `
  INSERT INTO audit_events (occurred_at, action, performed_by, details, ip_address, request_id)
  VALUES (now(), 'test.late', 'test', '{}', '', '') RETURNING id::int`;

const bed = testBed();
let writer: Client;
let folder: string;
beforeEach(async () => {
  writer = await openSession(bed.system.databaseUrl);
  folder = mkdtempSync(join(tmpdir(), 'audit-export-'));
  return () => rmSync(folder, { recursive: true });
});

/** Begins a transaction and writes an event in it; returns the id of the event. */
async function beginEvent(): Promise<number> {
  await writer.query('BEGIN');
  return (await writer.query<{ id: number }>(INSERT)).rows[0]?.id as number;
}

const exportAfter = async (afterId: number, limit = 0) => {
  const { events } = await bed.world.operator.exportAuditEvents({ afterId: BigInt(afterId), limit });
  return events.map(({ id }) => Number(id));
};

const idsInTable = async () =>
  (await bed.tables.rows<{ id: number }>('SELECT id::int FROM audit_events ORDER BY id')).map(({ id }) => id);

/** Runs the export script against the auth-server of this file. */
const run = (...args: string[]) =>
  runScript('scripts/audit-export/main.ts', ['--auth-server', `http://${bed.system.authServerGrpc}`, ...args], {
    OPERATOR_TOKEN: bed.system.tokens.operator,
  });

const idsIn = (text: string) => [...text.matchAll(/.+\n/g)].map(([line]) => Number(JSON.parse(line).id));

test('pages through all events in the order of ids', async () => {
  for (const _each of [1, 2, 3]) await bed.world.registerApp();
  const all = await idsInTable();
  const paged: number[] = [];
  for (let page = await exportAfter(0, 2); page.length > 0; page = await exportAfter(page.at(-1) as number, 2)) {
    expect(page.length).toBeLessThanOrEqual(2);
    paged.push(...page);
  }
  expect(paged).toEqual(all);
  expect(await exportAfter(0)).toEqual(all);
});

test('waits for an event with a smaller id that is not committed yet', async () => {
  const late = await beginEvent();
  await bed.world.registerApp();
  const [before] = await bed.tables.rows<{ now: string }>('SELECT now()::text');
  const exporting = exportAfter(late - 1);
  const hasReadLocks = `datname = current_database() AND query LIKE '%FROM pg_locks%' AND state = 'idle'
    AND query_start > '${before?.now}'`;
  await expect.poll(() => bed.tables.count('pg_stat_activity', hasReadLocks)).toBeGreaterThan(0);
  await writer.query('COMMIT');
  expect(await exporting).toEqual((await idsInTable()).filter((id) => id >= late));
});

test('returns only the events before one that stays uncommitted, and reports that later ones are pending', async () => {
  await bed.world.registerApp();
  const settled = await exportAfter(0);
  const late = await beginEvent();
  await bed.world.registerApp();
  const { events, laterEventsPending } = await bed.world.operator.exportAuditEvents({ afterId: 0n });
  expect(events.map(({ id }) => Number(id))).toEqual(settled);
  expect(laterEventsPending).toBe(true);
  expect(await run('--after', String(settled.at(-1)))).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('are not exported yet'),
  });

  await writer.query('ROLLBACK');
  expect(await exportAfter(settled.at(-1) as number)).toEqual((await idsInTable()).filter((id) => id > late));
}, 30_000);

test('reports a conflict for an id above those of all events, as after a restore of the database', async () => {
  const last = (await idsInTable()).at(-1) as number;
  await expectRpcError(exportAfter(last + 1_000), ErrorReason.CONFLICT);
});

test('rejects ids and limits that are out of range', async () => {
  await expectRpcError(exportAfter(-1, 1), ErrorReason.INVALID_REQUEST);
  await expectRpcError(exportAfter(0, 1_001), ErrorReason.INVALID_REQUEST);
});

test('the script continues a file after its last complete line', async () => {
  const file = join(folder, 'audit.jsonl');
  await bed.world.registerApp();
  expect((await run('--output', file)).stderr).toContain('events written');
  expect(idsIn(readFileSync(file, 'utf8'))).toEqual(await idsInTable());
  await bed.world.registerApp();
  await run('--output', file);
  expect(idsIn(readFileSync(file, 'utf8'))).toEqual(await idsInTable());
  truncateSync(file, readFileSync(file).length - 10);
  await run('--output', file);
  expect(idsIn(readFileSync(file, 'utf8'))).toEqual(await idsInTable());
  appendFileSync(file, '{"no":"event"}\n');
  await expect(run('--output', file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('last complete line'),
  });
});

test('the script writes the events after an id to standard output; --help shows its options', async () => {
  await bed.world.registerApp();
  const all = await idsInTable();
  expect(idsIn((await run('--after', String(all[0]))).stdout)).toEqual(all.slice(1));
  expect((await run('--help')).stdout).toContain('--output FILE');
  await expect(run('--after', 'x')).rejects.toMatchObject({ code: 1 });
});
