import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { onTestFinished } from 'vitest';
import { ServiceTokens, serviceTokenDigest } from '#common/callers/service-tokens.ts';
import { identifyService } from '#common/rpc/admission.ts';
import { GrpcJsPort } from '#common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import {
  BatchIntrospectResponseSchema,
  IntrospectionService,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { freePort } from '../../../../scripts/dependencies/ports.ts';
import { serviceDependencies } from '../../common/service-dependencies.ts';

/** The gateway's service token in these tests, and its entry in CALLER_TOKENS. */
export const SERVICE_TOKEN = 'gateway-service-token-0123456789-abcdef';
const CALLER_TOKENS = [`gateway=${serviceTokenDigest(SERVICE_TOKEN)}`];

export type ReplicaResponse = MessageInitShape<typeof IntrospectResponseSchema>;

/** A replica of introspection with configurable responses. */
export interface Replica {
  readonly address: string;
  /** The tokens of Introspect calls, in order. */
  readonly tokens: string[];
  /** The tokens of each BatchIntrospect call. */
  readonly batches: string[][];
  /** Responses by token; other tokens are UNKNOWN. May be changed at any time. */
  readonly responses: Map<string, ReplicaResponse>;
  /** Runs before every response of Introspect. May throw or hang. */
  before: () => Promise<void>;
  /** The same for BatchIntrospect. */
  beforeBatch: () => Promise<void>;
  isServing: boolean;
  /** Stops listening and ends its connections and their calls, as a crash would. Resolves when they have ended. */
  kill(): Promise<void>;
}

export interface ReplicaOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one that no outgoing connection takes while the replica restarts. */
  readonly port?: number;
  /** Default: one minute. */
  readonly maxConnectionAgeMs?: number;
}

/** Starts a real grpc-js server with IntrospectionService, which requires SERVICE_TOKEN, and the health service. */
export async function startReplica(
  responses: Record<string, ReplicaResponse> = {},
  { host = '127.0.0.1', port, maxConnectionAgeMs = 60_000 }: ReplicaOptions = {},
): Promise<Replica> {
  const grpc = testPort(maxConnectionAgeMs);
  const { services } = grpc;
  const state = {
    tokens: [] as string[],
    batches: [] as string[][],
    responses: new Map(Object.entries(responses)),
    before: async () => {},
    beforeBatch: async () => {},
    isServing: true,
  };
  const responseTo = (token: string) =>
    create(IntrospectResponseSchema, state.responses.get(token) ?? inactive(InactiveReason.UNKNOWN));
  services.add(IntrospectionService, {
    async introspect({ token }) {
      state.tokens.push(token);
      await state.before();
      return responseTo(token);
    },
    async batchIntrospect({ tokens }) {
      state.batches.push(tokens);
      await state.beforeBatch();
      return create(BatchIntrospectResponseSchema, { responses: tokens.map(responseTo) });
    },
  });
  services.addCommon([], new HealthHandlers([IntrospectionService.typeName], async () => state.isServing));
  const bound = await grpc.listen(host, port ?? (await freePort()));
  return Object.assign(state, { address: `${host}:${bound}`, kill: () => grpc.close(0) });
}

/** A replica that is killed after the current test. */
export async function ownReplica(...options: Parameters<typeof startReplica>): Promise<Replica> {
  const replica = await startReplica(...options);
  onTestFinished(() => replica.kill());
  return replica;
}

/** The port of a replica. */
export const portOf = ({ address }: Pick<Replica, 'address'>): number => Number(address.split(':')[1]);

/** A gRPC port that accepts SERVICE_TOKEN. */
export function testPort(maxConnectionAgeMs = 60_000): GrpcJsPort {
  const dependencies = serviceDependencies(identifyService(new ServiceTokens(CALLER_TOKENS)));
  return new GrpcJsPort(dependencies, { maxMessageBytes: 64 * 1024, maxConnectionAgeMs });
}

export const inactive = (inactiveReason: InactiveReason): ReplicaResponse => ({ active: false, inactiveReason });

/** The response for an active token of the bot 1,000,000,000,001 in organization 2, `globex`. `given` replaces fields. */
export function active(scopes: string[], given: ReplicaResponse = {}): ReplicaResponse {
  const usual: ReplicaResponse = {
    active: true,
    clientId: 'foapp_test',
    installId: '0190b5a4-0000-7000-8000-000000000001',
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.APP, userId: 1_000_000_000_001n },
    scopes,
    issuedAt: timestampFromMs(1_700_000_000_000),
    expiresAt: timestampFromMs(1_700_086_400_000),
  };
  return Object.assign(usual, given);
}
