/** The kinds of callers that authenticate with a service or operator token, or with a client certificate. */
export type ServiceCallerKind = 'gateway' | 'platform' | 'operator' | 'introspection';

/** An authenticated caller. `name` is for audit events and logs. */
export type CallerIdentity =
  | { readonly kind: 'user'; readonly userId: number }
  | { readonly kind: ServiceCallerKind; readonly name: string };

/** The caller's name in audit events and logs: `user:3`, `operator:ann`, `service:platform`. */
export function callerName(caller: CallerIdentity): string {
  if (caller.kind === 'user') return `user:${caller.userId}`;
  return `${caller.kind === 'operator' ? 'operator' : 'service'}:${caller.name}`;
}

/** Authenticates a credential; undefined if it is unknown. */
export interface CallerAuthenticator {
  authenticate(credential: string): Promise<CallerIdentity | undefined>;
}
