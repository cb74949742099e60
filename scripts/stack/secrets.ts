import { randomBytes } from 'node:crypto';

/** The keys of a system and the plain tokens of its service callers. */
export interface Secrets {
  readonly credentialKey: string;
  readonly webhookKey: string;
  readonly tokens: Readonly<Record<'gateway' | 'platform' | 'operator' | 'introspection', string>>;
}

/** New secrets for each system, so that credentials of one system are invalid in others. */
export function newSecrets(): Secrets {
  const token = () => randomBytes(32).toString('base64url');
  return {
    credentialKey: randomBytes(32).toString('hex'),
    webhookKey: randomBytes(32).toString('hex'),
    tokens: { gateway: token(), platform: token(), operator: token(), introspection: token() },
  };
}
