/** The kinds that come with a service or operator token. */
export type ServiceCallerKind = 'gateway' | 'platform' | 'operator' | 'introspection';

/** Who makes a call, once its credential was checked. `name` is for audit and logs. */
export type CallerIdentity =
  | { readonly kind: 'user'; readonly userId: number }
  | { readonly kind: ServiceCallerKind; readonly name: string };

/** How audit events and logs name a caller: `user:3`, `operator:ann`, `service:platform`. */
export function callerName(caller: CallerIdentity): string {
  if (caller.kind === 'user') return `user:${caller.userId}`;
  return `${caller.kind === 'operator' ? 'operator' : 'service'}:${caller.name}`;
}

/** Finds out who holds a credential; undefined where it is not one of its kind. */
export interface CallerAuthenticator {
  authenticate(credential: string): Promise<CallerIdentity | undefined>;
}
