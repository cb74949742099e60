/** The fingerprints of credential keys, by which the alert CredentialKeysDiffer compares servers. */
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { scrape } from '../support/scrape.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();
const OTHER_KEYS = ['1'.repeat(64), '2'.repeat(64)];

const fingerprint = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 8);

async function keysAt(address: string, name: string): Promise<Record<string, number>> {
  const samples = (await scrape(address)).get(name)?.samples ?? [];
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['key'], value]));
}

test('servers with the same keys report the same fingerprints; other keys have other fingerprints', async () => {
  const { credentialKey, metrics } = bed.system;
  const expected = { [fingerprint(credentialKey)]: 1 };
  expect(await keysAt(metrics.authServer, 'auth_server_credential_keys')).toEqual(expected);
  for (const address of metrics.introspection)
    expect(await keysAt(address, 'introspection_credential_keys')).toEqual(expected);

  const port = await freePort();
  const other = await startAuthServer(bed.system, {
    CREDENTIAL_KEYS: OTHER_KEYS.join(','),
    METRICS_PORT: String(port),
  });
  onTestFinished(() => other.stop());
  expect(await keysAt(`127.0.0.1:${port}`, 'auth_server_credential_keys')).toEqual(
    Object.fromEntries(OTHER_KEYS.map((key) => [fingerprint(key), 1])),
  );
});
