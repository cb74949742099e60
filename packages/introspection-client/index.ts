/** Everything that others may import from this package. */
export { bearerCredential, sendsBearer } from './bearer.ts';
export type { CoalescingLimits } from './coalescer.ts';
export type { ActiveToken, Actor, InactiveToken, InactiveTokenReason, Introspection } from './introspection.ts';
export { IntrospectionUnavailable } from './introspection.ts';
export {
  IntrospectionClient,
  type IntrospectionClientOptions,
  type IntrospectionOutcome,
} from './introspection-client.ts';
export { Refusal, RouteRefusals, requestToken } from './refusals.ts';
export { replicaAddressProblem } from './replicated-client/channel-target.ts';
export { ReplicatedClient, type ReplicatedClientOptions } from './replicated-client/replicated-client.ts';
export { retryAfterSecondsOf } from './replicated-client/retry-after.ts';
export { RouteGuard } from './route-guard.ts';
