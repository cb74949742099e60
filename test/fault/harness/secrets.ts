import { randomBytes } from 'node:crypto';
import { serviceTokenDigest } from '../../../services/common/callers/service-tokens.ts';
import type { Environment } from './child-service.ts';

/** What the services of one cluster and their callers share. */
export interface Secrets {
  readonly credentialKey: string;
  readonly webhookKey: string;
  readonly gateway: string;
  readonly platform: string;
  readonly operator: string;
  readonly introspection: string;
}

export function newSecrets(): Secrets {
  const token = () => randomBytes(32).toString('base64url');
  return {
    credentialKey: randomBytes(32).toString('hex'),
    webhookKey: randomBytes(32).toString('hex'),
    gateway: token(),
    platform: token(),
    operator: token(),
    introspection: token(),
  };
}

/** The configuration that all services of a cluster share. */
export function commonEnvironment(secrets: Secrets, redisPort: number): Environment {
  const { credentialKey, gateway, platform, operator, introspection } = secrets;
  const callers = Object.entries({ gateway, platform, operator, introspection });
  return {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    CREDENTIAL_KEYS: credentialKey,
    CALLER_TOKENS: callers.map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`).join(','),
    LOG_LEVEL: 'error',
  };
}
