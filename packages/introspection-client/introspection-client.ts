import { AsyncLocalStorage } from 'node:async_hooks';
import { type ServiceError, status } from '@grpc/grpc-js';
import type { IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/health/v1/health_pb.ts';
import { Coalescer, type CoalescingLimits } from './coalescer.ts';
import { decodeIntrospection } from './decode.ts';
import { type Introspection, IntrospectionUnavailable } from './introspection.ts';
import { IntrospectionCalls, type TokenLookup } from './introspection-calls.ts';
import { ReplicatedClient, type ReplicatedClientOptions } from './replicated-client/replicated-client.ts';
import { retryAfterSecondsOf } from './replicated-client/retry-after.ts';

/** The fast port of a replica on this machine. */
const DEFAULT_ADDRESSES = ['127.0.0.1:8084'];
const DEFAULT_TIMEOUT_MS = 1_000;
/** Of BatchIntrospect. */
const MAX_BATCH = 100;
const DEFAULT_COALESCING: CoalescingLimits = { maxBatch: 32, maxWaitMs: 1 };

/** A longer token is malformed (access tokens have 43 characters), and could exceed the limit on messages if it were sent. */
const MAX_TOKEN_BYTES = 2_048;

/** Longer tokens are sent separately, so that a full batch stays far below the limit on messages. */
const MAX_COALESCED_BYTES = 128;

/** Concurrent health checks; round robin sends each to a different replica, if there are enough. */
const HEALTH_CHECKS = 3;

export interface IntrospectionClientOptions extends Omit<ReplicatedClientOptions, 'addresses' | 'timeoutMs'> {
  /** `host:port` of every replica: all IPv4, all IPv6, or one DNS name. */
  readonly addresses?: readonly string[];
  /** The longest time that an introspection takes, including connecting and retries. */
  readonly timeoutMs?: number;
  /** How concurrent introspections share calls. */
  readonly coalescing?: CoalescingLimits;
  /** For metrics: called at the end of each introspection. Must not throw. */
  readonly onIntrospection?: (outcome: IntrospectionOutcome) => void;
}

export interface IntrospectionOutcome {
  readonly result: 'active' | 'inactive' | 'unavailable';
  /**
   * Inactive: an InactiveTokenReason; active: empty; unavailable: the name of the gRPC status, or INVALID_RESPONSE for any
   * other error, even if no request was sent because the service token is invalid.
   */
  readonly reason: string;
  /** Includes retries and waiting for a batch. */
  readonly durationMs: number;
}

/**
 * Introspects access tokens over gRPC, on all replicas in turn, through their fast or standard ports.
 *
 * Do not cache its results. Once a disconnect has returned success, introspection returns no earlier state, because the
 * disconnect has fenced the cache of introspection. It cannot fence a cache in a gateway, which would admit revoked tokens.
 */
export class IntrospectionClient {
  readonly #client: ReplicatedClient;
  readonly #calls: IntrospectionCalls;
  readonly #coalescer: Coalescer<TokenLookup, IntrospectResponse>;
  readonly #timeoutMs: number;
  readonly #onIntrospection: IntrospectionClientOptions['onIntrospection'];

  /** Throws for invalid addresses, an invalid service token or an invalid `maxBatch`. Connects on the first call. */
  constructor({
    addresses = DEFAULT_ADDRESSES,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    coalescing = DEFAULT_COALESCING,
    onIntrospection,
    ...options
  }: IntrospectionClientOptions) {
    const { maxBatch } = coalescing;
    if (!Number.isInteger(maxBatch) || maxBatch < 1 || maxBatch > MAX_BATCH)
      throw new RangeError(`coalescing.maxBatch must be a whole number from 1 to ${MAX_BATCH}`);
    this.#timeoutMs = timeoutMs;
    this.#onIntrospection = onIntrospection;
    // BatchIntrospect is also safe to repeat, but IntrospectionCalls repeats its tokens separately.
    const safeToRepeat = [IntrospectionService.method.introspect, Health.method.check];
    this.#client = new ReplicatedClient({ ...options, addresses, timeoutMs }, safeToRepeat);
    this.#calls = new IntrospectionCalls(this.#client);
    this.#coalescer = new Coalescer(this.#calls, coalescing);
  }

  /** `token`: without `Bearer `. Throws IntrospectionUnavailable if the token cannot be checked. */
  async introspect(token: string): Promise<Introspection> {
    const startedAt = performance.now();
    const report = (result: IntrospectionOutcome['result'], reason: string) =>
      this.#onIntrospection?.({ result, reason, durationMs: performance.now() - startedAt });
    let introspection: Introspection;
    try {
      introspection = await this.#introspect(token);
    } catch (error) {
      report('unavailable', status[(error as ServiceError).code] ?? 'INVALID_RESPONSE');
      // For any status: even UNAUTHENTICATED refers to the service token, not to the introspected one.
      throw new IntrospectionUnavailable(retryAfterSecondsOf(error), error);
    }
    report(introspection.active ? 'active' : 'inactive', introspection.active ? '' : introspection.reason);
    return introspection;
  }

  /** Whether one of HEALTH_CHECKS replicas is SERVING (grpc.health.v1); false if none of them responds in time. */
  async isServing(): Promise<boolean> {
    const checks = Array.from({ length: HEALTH_CHECKS }, async () => {
      const response = await this.#client.call(Health.method.check, { service: IntrospectionService.typeName });
      if (response.status !== ServingStatus.SERVING) throw new Error('not serving');
    });
    return Promise.any(checks).then(
      () => true,
      () => false,
    );
  }

  /** Closes the connections when the calls in flight have ended. */
  close(): void {
    this.#client.close();
  }

  async #introspect(token: string): Promise<Introspection> {
    const bytes = Buffer.byteLength(token);
    if (bytes > MAX_TOKEN_BYTES) return { active: false, reason: 'malformed' };
    const inContext = AsyncLocalStorage.snapshot();
    const lookup = { token, deadline: Date.now() + this.#timeoutMs, inContext };
    const response = bytes > MAX_COALESCED_BYTES ? this.#calls.sendOne(lookup) : this.#coalescer.call(lookup);
    return decodeIntrospection(await response);
  }
}
