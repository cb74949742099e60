import type { CredentialFormat } from '../credentials/format.ts';

/** The value of `<service>_credential_keys` for one process: 1 for each key that it accepts, by fingerprint. */
export const credentialKeys = ({
  keyFingerprints,
}: Pick<CredentialFormat, 'keyFingerprints'>): Record<string, number> =>
  Object.fromEntries(keyFingerprints.map((key) => [key, 1]));

/** `prefix`: the service's name. `read`: credentialKeys(), or its sum over several processes. */
export const credentialKeysMetric = <T>(prefix: string, read: () => T) => ({
  name: `${prefix}_credential_keys`,
  help: 'Processes that accept the credential key with this fingerprint; all servers must have the same keys',
  label: 'key',
  read,
});
