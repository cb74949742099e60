/** The commands in docs/operations.md, "Operator calls", run as they are printed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { OperatorService } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';

const run = promisify(execFile);
const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const SECTION = PAGE.split(/^## /m).find((section) => section.startsWith('Operator calls')) ?? '';
const BLOCKS = [...SECTION.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block as string);
const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

const bed = testBed();

test('every command of the section succeeds', async () => {
  const { world, system } = bed;
  const app = await world.registerApp();
  const pair = await world.install(app);
  const installId = await world.installId(app);
  const { install } = await world.operator.findInstall({ by: { case: 'installId', value: installId } });
  const folder = mkdtempSync(join(tmpdir(), 'operations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const values = {
    OPERATOR_TOKEN: system.tokens.operator,
    AUTH_SERVER_GRPC: system.authServerGrpc,
    CLIENT_ID: app.clientId,
    INSTALL_ID: installId,
    TOKEN: pair.access_token,
    ORGANIZATION_ID: String(install?.organization?.id),
    USER_ID: String(TARGET_ADMIN),
    AUDIT_FILE: join(folder, 'audit.jsonl'),
  };
  const PATH = [BIN, dirname(process.execPath), process.env['PATH']].join(delimiter);
  await run('bash', ['-euc', BLOCKS.join('')], { env: { ...process.env, ...values, PATH } });
  await world.expectEverywhere(pair.access_token, { active: false });
}, 120_000);

test('the section has a command for every method', () => {
  const called = new Set([...SECTION.matchAll(/^operator (\w+)/gm)].map(([, name]) => name));
  expect([...called].sort()).toEqual(OperatorService.methods.map(({ name }) => name).sort());
});
