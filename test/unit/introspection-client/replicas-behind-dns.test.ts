import { promises as dns } from 'node:dns';
import { platform } from 'node:os';
import type { IntrospectionClient } from '@featureos/introspection-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { active, ownReplica, portOf, type ReplicaOptions } from '../gateway/support/replica.ts';
import { ownClient } from './own-client.ts';

const RESPONSES = { token: active(['posts:read']) };

/** The addresses that the name servers return. */
let addresses: string[] = [];
let lookups = 0;

beforeEach(() => {
  lookups = 0;
  vi.spyOn(dns, 'lookup').mockImplementation((async () => {
    lookups++;
    return addresses.map((address) => ({ address, family: 4 }));
  }) as unknown as typeof dns.lookup);
});

afterEach(() => void vi.restoreAllMocks());

const replica = (options: ReplicaOptions) => ownReplica(RESPONSES, options);
const clientAt = (port: number) =>
  ownClient([`replicas.test:${port}`], { timeoutMs: 1_000, coalescing: { maxBatch: 1, maxWaitMs: 1 } });
const hasResponse = (client: IntrospectionClient) =>
  client.introspect('token').then(
    ({ active }) => active,
    () => false,
  );

// Linux accepts all of 127.0.0.0/8 without configuration, macOS only 127.0.0.1.
describe.skipIf(platform() !== 'linux')('replicas behind one DNS name', () => {
  test('that replace others are found soon, even if the name servers return the old address for a while', {
    timeout: 25_000,
  }, async () => {
    const old = await replica({});
    const port = portOf(old);
    addresses = ['127.0.0.1'];
    const client = clientAt(port);
    expect(await hasResponse(client)).toBe(true);
    await replica({ host: '127.0.0.2', port });
    await old.kill();
    const lookupsBefore = lookups;
    await expect.poll(() => hasResponse(client).then(() => lookups)).toBeGreaterThanOrEqual(lookupsBefore + 2);
    addresses = ['127.0.0.2'];
    await expect.poll(() => hasResponse(client), { timeout: 10_000, interval: 100 }).toBe(true);
    // The channel looks the name up at most about once a second.
    expect(lookups).toBeLessThan(lookupsBefore + 20);
  });

  test('that are added get calls, although no connection has failed', { timeout: 25_000 }, async () => {
    const first = await replica({ maxConnectionAgeMs: 500 });
    addresses = ['127.0.0.1'];
    const client = clientAt(portOf(first));
    expect(await hasResponse(client)).toBe(true);
    const added = await replica({ host: '127.0.0.2', port: portOf(first) });
    addresses = ['127.0.0.1', '127.0.0.2'];
    const responses: boolean[] = [];
    await expect
      .poll(async () => responses.push(await hasResponse(client)) && added.tokens.length, {
        timeout: 10_000,
        interval: 20,
      })
      .toBeGreaterThan(0);
    expect(responses).not.toContain(false);
  });
});
