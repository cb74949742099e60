/** The probe (`npm run probe`) against this system, with and without --issuer, and a server whose revocations are late. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenOnLoopback } from '../../scripts/dependencies/ports.ts';
import { ProbeMetrics } from '../../scripts/probe/metrics.ts';
import { runRounds } from '../../scripts/probe/run-rounds.ts';
import { stackTarget } from '../../scripts/probe/target.ts';
import { DEMO } from '../../scripts/stack/demo-world.ts';
import type { StackInfo } from '../../scripts/stack/stack-file.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';
import { startStaleServer } from './support/stale-server.ts';

const REPLICAS = 2;
const STALE_RESPONSES = 20;
const MAIN = join(import.meta.dirname, '../../scripts/probe/main.ts');
const bed = testBed({ replicas: REPLICAS });

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs the command with these arguments and environment variables, by default with a short --watch. */
function probe(args: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, '--watch', '0.5', ...args],
      { env: { PATH: process.env.PATH, ...environment } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test('any server: no violation on any replica over gRPC and RFC 7662, and the refresh token stays usable', async () => {
  const app = await bed.world.registerApp();
  const { refresh_token } = await bed.world.install(app);
  const folder = await mkdtemp(join(tmpdir(), 'probe-'));
  const file = join(folder, 'refresh-token');
  await writeFile(file, `${refresh_token}\n`);
  const urls = [
    ...bed.system.introspectionGrpc.map((each) => `grpc://${each}`),
    `${bed.system.issuer}/oauth/introspect`,
  ];
  const { code, output } = await probe(
    [
      ...['--issuer', bed.system.issuer, '--client-id', app.clientId, '--refresh-token-file', file, '--rounds', '2'],
      ...urls.flatMap((url) => ['--introspection', url]),
    ],
    { PROBE_CLIENT_SECRET: app.clientSecret, PROBE_SERVICE_TOKEN: bed.system.tokens.gateway },
  );
  expect(output.match(/; 0 violations$/gm)).toHaveLength(2);
  expect(code).toBe(0);
  const successor = (await readFile(file, 'utf8')).trim();
  expect(successor).not.toBe(refresh_token);
  expect((await bed.world.refresh(app, successor)).status).toBe(200);
  await rm(folder, { recursive: true });
});

test('the stack: a disconnect and a revocation have no violation on any replica, and the app is deleted', async () => {
  const { system, world } = bed;
  const sessions = createServer(async (request, response) =>
    response.end(await system.platform.sign(Number(request.url?.slice(1)))),
  );
  const port = await listenOnLoopback(sessions);
  const stack = {
    auth_server: { http: system.issuer },
    introspection: { grpc: system.introspectionGrpc.join(',') },
    session_jwt_url: `http://127.0.0.1:${port}/`,
    credentials: { gateway: system.tokens.gateway },
    demo: DEMO,
  } as StackInfo;
  const apps = async () => (await world.as(OWNER_ADMIN, 'GET', '/oauth/apps', undefined, 'acme')).body.apps.length;
  const before = await apps();

  const target = await stackTarget(stack);
  const metrics = new ProbeMetrics();
  const revocations: string[] = [];
  const reporter = {
    measured(result: Parameters<ProbeMetrics['measured']>[0]) {
      metrics.measured(result);
      expect(result.observations).toHaveLength(REPLICAS);
      revocations.push(result.revocation);
    },
    failed(error: Error) {
      throw error;
    },
  };
  const options = { rounds: 2, intervalMs: undefined, watchMs: 500 };
  await runRounds(target, options, reporter, new AbortController().signal);
  await target.source.close();
  sessions.close();

  expect(revocations).toEqual(['disconnect', 'revoke']);
  expect(metrics.violations).toBe(0);
  expect(await apps()).toBe(before);
});

test.each(['introspection', 'resource'])('late revocations seen by %s: violations, exit code 1', async (kind) => {
  await using server = await startStaleServer(STALE_RESPONSES);
  const path = kind === 'resource' ? 'api' : 'introspect';
  const { code, output } = await probe([
    ...['--issuer', server.issuer, '--client-id', 'c', `--${kind}`, `${server.issuer}/${path}`],
    ...['--watch', '5'],
  ]);
  const [, violations] = /; (\d+) VIOLATIONS, active for/.exec(output) ?? [];
  // One request can be in flight when the revocation returns.
  expect(Number(violations), output).toBeGreaterThanOrEqual(STALE_RESPONSES - 1);
  expect(code).toBe(1);
});

test('a server that cannot be reached: exit code 2', async () => {
  const closed = await startStaleServer(0);
  await closed[Symbol.asyncDispose]();
  const { code } = await probe(['--issuer', closed.issuer, '--client-id', 'c', '--resource', closed.issuer]);
  expect(code).toBe(2);
});
