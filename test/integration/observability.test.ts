/** The metrics of the services, and those that the rules and dashboards in deploy/observability use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { ProbeMetrics } from '../../scripts/probe/metrics.ts';
import { MetricsServer } from '../../services/common/process/metrics-server.ts';
import { securityMetrics } from '../../services/common/tls/metrics.ts';
import { ALERT_SCENARIOS } from '../fault/alerts/scenarios.ts';
import { scrape, sumOf } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';
import { type RunningGateway, startGateway } from '../unit/gateway/support/gateway.ts';
import { alerts, dashboardExpressions, readBy, recordingRules } from './support/rules.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Metrics and labels that Prometheus adds to those that the services export. */
const ADDED_METRICS = ['up'];
const ADDED_LABELS = ['job', 'instance'];

const bed = testBed();
const probe = new MetricsServer(new ProbeMetrics().metrics);
let probeAddress: string;
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({
    introspection: bed.system.introspectionGrpc,
    authServer: bed.system.authServerGrpc,
    serviceToken: bed.system.tokens.gateway,
  });
  const app = await bed.world.registerApp();
  const { access_token } = await bed.world.install(app);
  for (let time = 0; time < 2; time++) {
    const { status } = await gateway.call('/api/v3/feature_requests', access_token);
    expect(status).toBe(200);
    // Cached after the response; otherwise the second request would be looked up, too.
    await vi.waitUntil(async () => (await bed.entries.kindOf(access_token)) === 'S', 10_000);
  }
  await fetch(`${bed.system.introspectionHttp[0]}/authz/request?scope=posts:read`);
  await bed.world.refresh(app, 'foor_wrong');
  probeAddress = `127.0.0.1:${await probe.listen('127.0.0.1', 0)}`;
});
afterAll(async () => {
  await gateway?.stop();
  await probe.close();
});

const addresses = () => [
  bed.system.metrics.authServer,
  ...bed.system.metrics.introspection,
  gateway.metrics,
  probeAddress,
];

/** The labels of each exported metric, by its name in PromQL; empty if it has no labels or no sample yet. */
async function exported(): Promise<Map<string, Set<string>>> {
  const labels = new Map<string, Set<string>>();
  const add = (name: string, found: readonly string[]) =>
    labels.set(name, new Set([...(labels.get(name) ?? []), ...found]));
  // Without TLS, the services export only the first of these.
  for (const prefix of ['auth_server', 'introspection', 'gateway']) {
    const counts = { fileReloadsFailed: 0, handshakesFailed: 0 };
    for (const { name } of securityMetrics(prefix, () => counts, { server: { expiresAtMs: 0 } })) add(name, []);
  }
  for (const address of addresses()) {
    for (const [name, { type, samples }] of await scrape(address)) {
      const all = samples.flatMap((sample) => Object.keys(sample.labels));
      const names = type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
      for (const each of names) add(each, all);
    }
  }
  return labels;
}

test('every metric in rules and dashboards is exported or recorded by a rule, and every label is exported', async () => {
  const known = await exported();
  const rules = [...recordingRules(), ...alerts()];
  const recorded = new Set(recordingRules().map(({ record }) => record));
  const expressions = [...rules.map(({ expr }) => expr), ...dashboardExpressions()];
  const unknown = new Set<string>();
  for (const expr of expressions) {
    const { names, labels } = readBy(expr);
    expect(names.length, expr).toBeGreaterThan(0);
    for (const name of names) {
      if (!known.has(name) && !recorded.has(name) && !ADDED_METRICS.includes(name)) unknown.add(`${name} in ${expr}`);
    }
    // Labels are checked only if every metric in the expression is exported with labels.
    const direct = names.filter((name) => (known.get(name)?.size ?? 0) > 0);
    if (direct.length === 0 || direct.length < names.length) continue;
    for (const label of labels.filter((each) => !ADDED_LABELS.includes(each))) {
      if (!direct.some((name) => known.get(name)?.has(label))) unknown.add(`label ${label} in ${expr}`);
    }
  }
  expect([...unknown]).toEqual([]);
});

test('each alert has a severity, a section in docs/operations.md and a scenario', () => {
  const runbook = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const [, alertSections = ''] = runbook.split('\n## Alerts\n');
  const sections = [...alertSections.matchAll(/^### (\w+)$/gm)].map(([, name]) => name as string);
  const names = alerts().map(({ alert }) => alert);
  expect(sections.toSorted()).toEqual(names.toSorted());
  expect(Object.keys(ALERT_SCENARIOS).toSorted()).toEqual(names.toSorted());
  for (const { alert, labels, annotations } of alerts()) {
    expect(labels?.['severity']).toMatch(/^(critical|warning)$/);
    expect(annotations?.['runbook_url']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

test('the section of each alert begins with a command', () => {
  const runbook = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  for (const { alert } of alerts()) expect(runbook).toMatch(new RegExp(`^### ${alert}\n\n\`\`\`sh\n`, 'm'));
});

test('the scenario of each alert exists', () => {
  for (const { file, name } of Object.values(ALERT_SCENARIOS)) {
    expect(readFileSync(join(ROOT, 'test', file), 'utf8'), file).toContain(name);
  }
});

test('each alert has a promtool test in which it fires and resolves', () => {
  const text = readFileSync(join(ROOT, 'deploy/observability/prometheus/alerts.test.yaml'), 'utf8');
  for (const { alert } of alerts()) {
    const tests = text.split(/^ {2}- name: /m).filter((part) => part.startsWith(`${alert}\n`));
    expect(tests, alert).toHaveLength(1);
    expect(tests[0], alert).toMatch(/exp_alerts:\n/);
    expect(tests[0], alert).toMatch(/exp_alerts: \[\]/);
  }
});

test('calls and requests of all services are counted, by route, method and status', async () => {
  const introspect = { rpc_method: `${IntrospectionService.typeName}/Introspect`, rpc_response_status_code: 'OK' };
  const [replica] = bed.system.metrics.introspection as [string];
  expect(await sumOf(replica, 'rpc_server_call_duration_seconds_count', { ...introspect, port: 'grpc' })).toBe(2);
  expect(await sumOf(gateway.metrics, 'rpc_client_call_duration_seconds_count', introspect)).toBe(2);
  const ok = { http_request_method: 'GET', http_route: '/api/v3/feature_requests', http_response_status_code: '200' };
  expect(await sumOf(gateway.metrics, 'http_server_request_duration_seconds_count', ok)).toBe(2);
  const { authServer } = bed.system.metrics;
  const states = { rpc_method: 'featureos.oauth.internal.v1.TokenStateService/GetTokenStates', port: 'internal' };
  // One call for the token, and one at the start of the replica.
  expect(await sumOf(authServer, 'rpc_server_call_duration_seconds_count', states)).toBe(2);
  const tokens = { http_route: '/oauth/token', http_response_status_code: '200' };
  expect(await sumOf(authServer, 'http_server_request_duration_seconds_count', tokens)).toBe(1);
  const proxies = { http_route: '/authz/request', http_response_status_code: '401' };
  expect(await sumOf(replica, 'http_server_request_duration_seconds_count', proxies)).toBe(1);
});

test('no path, token or client is in a label', async () => {
  const path = 'a-user-chosen-path';
  await bed.world.http('GET', `/oauth/installs/${path}`);
  await bed.world.http('GET', `/${path}`);
  await gateway.call(`/api/v3/${path}`, 'foot_user-chosen-token');
  expectStatus(200, await bed.world.http('GET', '/livez'));
  for (const address of addresses()) {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    expect(text).not.toMatch(/user-chosen|foapp_|foot_/);
  }
});
