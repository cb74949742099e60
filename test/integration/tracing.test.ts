/** One trace from a request at the gateway to Postgres and Redis (W3C Trace Context, OTLP). */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN } from '../support/world.ts';
import { type RunningGateway, startGateway } from '../unit/gateway/support/gateway.ts';

const collector = await startOtlpReceiver();
/** Only traces that the test starts are sampled. */
const tracing = { endpoint: collector.endpoint, ratio: 0, exportIntervalMs: 100 };
const bed = testBed({ tracing });
const gateways: RunningGateway[] = [];

beforeAll(async () => {
  for (const introspection of [bed.system.introspectionGrpc, bed.system.introspectionFastPort]) {
    const authServer = bed.system.authServerGrpc;
    const serviceToken = bed.system.tokens.gateway;
    gateways.push(await startGateway({ introspection, authServer, serviceToken, tracing }));
  }
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await collector.stop();
});

const newToken = async () => (await bed.world.install(await bed.world.registerApp())).access_token;

/** Calls the API in a new trace. Returns the id of the trace. */
async function call(gateway: RunningGateway, token: string, flags = '01'): Promise<string> {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
  const response = await gateway.call('/api/v3/feature_requests', token, { headers: { traceparent } });
  expect(response.status).toBe(200);
  return traceId;
}

const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);

/** `service name` of the span and of each span above it, up to the root. */
function pathOf(span: ReceivedSpan): string[] {
  const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [`${span.service} ${span.name}`, ...(parent === undefined ? [] : pathOf(parent))];
}

const GATEWAY = 'gateway GET /api/v3/feature_requests';
const INTROSPECT = 'featureos.oauth.v1.IntrospectionService/Introspect';
const STATES = 'featureos.oauth.internal.v1.TokenStateService/GetTokenStates';

describe.each([
  ['standard', 0],
  ['fast', 1],
])('over the %s port', (_name, index) => {
  test('a miss is one trace of all three services, down to Redis and Postgres', async () => {
    const traceId = await call(gateways[index] as RunningGateway, await newToken());
    const paths = () => spansOf(traceId).map((span) => pathOf(span).toReversed().join(' > '));
    const upToReplica = `${GATEWAY} > gateway ${INTROSPECT} > introspection ${INTROSPECT}`;
    const upToAuthServer = `${upToReplica} > introspection ${STATES} > auth-server ${STATES}`;
    const expected = [
      GATEWAY,
      `${GATEWAY} > gateway ${INTROSPECT}`,
      upToReplica,
      `${upToReplica} > introspection redis MGET`,
      `${upToReplica} > introspection ${STATES}`,
      upToAuthServer,
      expect.stringMatching(/ > auth-server postgresql SELECT$/),
      `${upToAuthServer} > auth-server redis read stamps`,
    ];
    await expect.poll(() => new Set(paths())).toEqual(new Set(expected));
  });

  test('a hit ends at Redis', async () => {
    const gateway = gateways[index] as RunningGateway;
    const token = await newToken();
    const spansOfCall = async () => {
      const traceId = await call(gateway, token);
      await expect.poll(() => spansOf(traceId).map(({ service }) => service)).toContain('gateway');
      return new Set(spansOf(traceId).map(({ service, name }) => `${service} ${name}`));
    };
    const expected = [GATEWAY, `gateway ${INTROSPECT}`, `introspection ${INTROSPECT}`, 'introspection redis MGET'];
    await expect.poll(spansOfCall).toEqual(new Set(expected));
  });
});

test('an RPC over HTTP is in the trace of its caller, with the statements of Postgres below it', async () => {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const authorization = `Bearer ${await bed.system.platform.sign(OWNER_ADMIN)}`;
  const headers = { traceparent, authorization, 'x-organization': 'acme' };
  const response = await bed.world.http('POST', '/featureos.oauth.v1.AppService/ListApps', { body: {}, headers });
  expect(response.status).toBe(200);
  const path = 'auth-server POST /featureos.oauth.v1.AppService/ListApps';
  const paths = () => spansOf(traceId).map((span) => pathOf(span).toReversed().join(' > '));
  await expect.poll(paths).toContain(path);
  await expect.poll(paths).toContain(`${path} > auth-server postgresql SELECT`);
});

test('an unsampled trace has no spans, and no span contains a credential', async () => {
  const gateway = gateways[0] as RunningGateway;
  const token = await newToken();
  const unsampled = await call(gateway, token, '00');
  const sampled = await call(gateway, token);
  await expect.poll(() => spansOf(sampled).length).toBeGreaterThan(0);
  expect(spansOf(unsampled)).toEqual([]);
  expect(inspect(collector.spans, { depth: null, maxArrayLength: null, maxStringLength: null })).not.toMatch(
    /foo[a-z]_|Bearer/,
  );
});
