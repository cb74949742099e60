import { IntrospectionClient, type IntrospectionClientOptions } from '@featureos/introspection-client';
import { onTestFinished } from 'vitest';
import { SERVICE_TOKEN } from '../gateway/support/replica.ts';

/** A client of these replicas that is closed after the current test. */
export function ownClient(
  addresses: readonly string[],
  options: Partial<IntrospectionClientOptions> = {},
): IntrospectionClient {
  const client = new IntrospectionClient({ addresses, serviceToken: SERVICE_TOKEN, ...options });
  onTestFinished(() => client.close());
  return client;
}
