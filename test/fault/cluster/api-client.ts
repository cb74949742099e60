import { setTimeout as sleep } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorDetailSchema, ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import type { HttpResponse, World } from '../../support/world.ts';
import type { Cluster } from './cluster.ts';
import type { AuthServerNode } from './nodes.ts';

/** The outcome of a call. `unknown`: it may or may not have been applied. */
export type Outcome =
  | { readonly kind: 'done'; readonly body: Readonly<Record<string, unknown>> }
  /** PROPAGATION_PENDING: applied, but not yet visible everywhere. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Longer than a process is paused in an outage of up to two minutes. */
const CALL_LIMIT_MS = 150_000;

/** Calls one auth-server and classifies the outcomes. */
export class ApiClient {
  readonly node: AuthServerNode;
  readonly world: World;
  /** Errors that no outage explains: 500, INTERNAL, UNKNOWN. */
  readonly defects: string[] = [];

  constructor(cluster: Cluster, node: AuthServerNode) {
    this.node = node;
    this.world = cluster.world(node);
  }

  async rpc(call: Promise<unknown>): Promise<Outcome> {
    try {
      await call;
      return { kind: 'done', body: {} };
    } catch (error) {
      return this.#rpcError(ConnectError.from(error));
    }
  }

  async http(call: Promise<HttpResponse>): Promise<Outcome> {
    try {
      const { status, body } = await Promise.race([call, expired(CALL_LIMIT_MS)]);
      if (status < 300) return { kind: 'done', body };
      if (body.reason === 'PROPAGATION_PENDING') return { kind: 'pending' };
      const why = `${status} ${JSON.stringify(body)}`;
      if (status === 500) this.defects.push(`${this.node.name}: ${why}`);
      return { kind: status >= 500 ? 'unknown' : 'refused', why };
    } catch (error) {
      return { kind: 'unknown', why: String((error as Error).cause ?? error) };
    }
  }

  #rpcError(error: ConnectError): Outcome {
    const [detail] = error.findDetails(ErrorDetailSchema);
    // Errors of handlers have a detail. Without one, the connection has usually broken.
    if (detail === undefined) return { kind: 'unknown', why: error.message };
    if (detail.reason === ErrorReason.PROPAGATION_PENDING) return { kind: 'pending' };
    const isInternal = error.code === Code.Internal || error.code === Code.Unknown;
    if (isInternal) this.defects.push(error.message);
    return { kind: isInternal || error.code === Code.Unavailable ? 'unknown' : 'refused', why: error.message };
  }
}

async function expired(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false });
  throw new Error(`no response within ${ms} ms`);
}
