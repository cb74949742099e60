import { type ServiceError, status } from '@grpc/grpc-js';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import type { IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { errorDetailOf } from '../../../services/common/rpc/grpc-js-errors.ts';
import type { Random } from '../harness/random.ts';
import type { ReplicaNode } from '../harness/replica-node.ts';
import { type Asked, observe } from './answers.ts';
import type { Tenant } from './tenant.ts';
import { rest } from './workplace.ts';

/** An Introspect that was not answered. */
export interface Failure {
  readonly tenant: Tenant;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly where: string;
  readonly why: string;
}

const LOOPS_PER_REPLICA = 3;
const REST_MS = 12;
/** Of a tenant's tokens, how many of the newest are asked about; the dead ones must stay dead. */
const NEWEST = 4;

/** Asks every replica about the tokens of all tenants, all the time, and writes down what was answered. */
export class IntrospectLoad {
  answers = 0;
  readonly failures: Failure[] = [];
  /** What no history could explain, and errors that are not UNAVAILABLE. */
  readonly defects: string[] = [];
  readonly #tenants: readonly Tenant[];
  readonly #random: Random;

  constructor(tenants: readonly Tenant[], random: Random) {
    this.#tenants = tenants;
    this.#random = random;
  }

  async run(replicas: readonly ReplicaNode[], closing: AbortSignal): Promise<void> {
    const loops = replicas.flatMap((replica) => Array.from({ length: LOOPS_PER_REPLICA }, () => replica));
    await Promise.all(
      loops.map(async (replica) => {
        while (!closing.aborted) {
          await this.#askSome(replica);
          await rest(closing, REST_MS * 2 * this.#random.next());
        }
      }),
    );
  }

  /** Asks one replica about one of a tenant's tokens; true if it answered. */
  ask(replica: ReplicaNode, tenant: Tenant, index: number): Promise<boolean> {
    const token = tenant.tokens[index] as string;
    return this.askAbout(token, replica, tenant, (response, asked) => observe(tenant, index, response, asked));
  }

  /** The same about any token; `note` takes the answer down and returns what no history could explain, if it is that. */
  async askAbout(
    token: string,
    replica: ReplicaNode,
    tenant: Tenant,
    note: (response: IntrospectResponse, asked: Asked) => string | undefined,
  ): Promise<boolean> {
    const startedAt = performance.now();
    try {
      const response = await replica.introspect(token);
      const defect = note(response, { startedAt, endedAt: performance.now(), where: replica.name });
      if (defect !== undefined) this.defects.push(defect);
      this.answers++;
      return true;
    } catch (error) {
      const { message: why } = error as ServiceError;
      this.failures.push({ tenant, startedAt, endedAt: performance.now(), where: replica.name, why });
      if (!isOutage(error as ServiceError)) this.defects.push(`${replica.name}: ${why}`);
      return false;
    }
  }

  /** The questions about that tenant, asked since then, that were not answered. */
  failuresSince(startedAt: number, tenant: Tenant): Failure[] {
    return this.failures.filter((failure) => failure.tenant === tenant && failure.startedAt >= startedAt);
  }

  async #askSome(replica: ReplicaNode): Promise<void> {
    const tenant = this.#random.pick(this.#tenants);
    const { length } = tenant.tokens;
    if (length === 0) return;
    const back = this.#random.chance(0.7) ? 0 : this.#random.below(Math.min(NEWEST, length));
    await this.ask(replica, tenant, length - 1 - back);
  }
}

/** An outage is UNAVAILABLE, with a reason that says so; nothing else is. */
function isOutage(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && errorDetailOf(error)?.reason === ErrorReason.DEPENDENCY_UNAVAILABLE;
}
