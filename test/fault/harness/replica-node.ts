import { create } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import type { IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { grpcMethodDefinition } from '../../../services/common/rpc/grpc-js-definition.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { ChildService, type Environment } from './child-service.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { onFreshPorts } from './fresh-ports.ts';
import { commonEnvironment } from './secrets.ts';

const INTROSPECT = grpcMethodDefinition(IntrospectionService.method.introspect);
const BATCH_INTROSPECT = grpcMethodDefinition(IntrospectionService.method.batchIntrospect);
/** Longer than any pause that a replica is put to: whoever asked before it is answered after it. */
const DEADLINE_MS = 20_000;
/** Longer than a process waits for a core in a crowd of them: a token must be answered from Redis when auth-server is gone. */
const REDIS_TIMEOUT_MS = 1_500;

/** The standard port and the fast one. */
export const PORTS = ['grpc', 'lane'] as const;

export interface AskOptions {
  /** Each in its turn unless told. */
  readonly port?: (typeof PORTS)[number];
  readonly deadlineMs?: number;
}

/** One introspection replica, with a proxy of its own before Redis and one before auth-server, and a client at it. */
export class ReplicaNode {
  readonly name: string;
  readonly redis: FaultProxy;
  readonly authServer: FaultProxy;
  readonly child: ChildService;
  /** At the standard port and at the fast one: both answer from the same handlers, and are asked in turn. */
  readonly #clients: readonly Client[];
  #turn = 0;
  readonly #metadata = new Metadata();

  private constructor(
    name: string,
    proxies: Pick<ReplicaNode, 'redis' | 'authServer'>,
    child: ChildService,
    gateway: string,
  ) {
    this.name = name;
    this.redis = proxies.redis;
    this.authServer = proxies.authServer;
    this.child = child;
    this.#metadata.set('authorization', `Bearer ${gateway}`);
    this.#clients = PORTS.map((port) => clientAt(child.addresses[port] as string));
  }

  static async start(name: string, parts: ClusterParts, authPort: number): Promise<ReplicaNode> {
    const redis = await FaultProxy.start(parts.redisPort);
    const authServer = await FaultProxy.start(authPort);
    const child = await onFreshPorts(2, ([grpcPort = 0, fastPort = 0]) => {
      const ports = { grpcPort, fastPort, redisPort: redis.port, authServerPort: authServer.port };
      return ChildService.start('introspection', environmentOf(parts, ports), () => {});
    });
    return new ReplicaNode(name, { redis, authServer }, child, parts.secrets.gateway);
  }

  /** Rejects with the status of the call. */
  introspect(token: string, options: AskOptions = {}): Promise<IntrospectResponse> {
    return this.#call(INTROSPECT, create(IntrospectRequestSchema, { token }), options);
  }

  /** Up to 100 tokens in one call. */
  async introspectMany(tokens: string[], options: AskOptions = {}): Promise<IntrospectResponse[]> {
    return (await this.#call(BATCH_INTROSPECT, create(BatchIntrospectRequestSchema, { tokens }), options)).responses;
  }

  #call<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
    { port, deadlineMs = DEADLINE_MS }: AskOptions,
  ): Promise<Response> {
    const turn = port === undefined ? this.#turn++ % PORTS.length : PORTS.indexOf(port);
    const client = this.#clients[turn] as Client;
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, response?: Response) =>
        response ? resolve(response) : reject(error);
      const options = { deadline: Date.now() + deadlineMs };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, this.#metadata, options, answered);
    });
  }

  heal(): void {
    this.redis.heal();
    this.authServer.heal();
    this.child.resume();
  }

  async stop(): Promise<void> {
    this.heal();
    for (const client of this.#clients) client.close();
    await this.child.stop();
    await Promise.all([this.redis.stop(), this.authServer.stop()]);
  }
}

function clientAt(address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 500,
  });
}

function environmentOf(
  { secrets, authServerTimeoutMs }: ClusterParts,
  ports: { grpcPort: number; fastPort: number; redisPort: number; authServerPort: number },
): Environment {
  return {
    ...commonEnvironment(secrets, ports.redisPort),
    GRPC_PORT: String(ports.grpcPort),
    FAST_PORT: String(ports.fastPort),
    AUTH_SERVER_GRPC: `127.0.0.1:${ports.authServerPort}`,
    AUTH_SERVER_TOKEN: secrets.introspection,
    AUTH_SERVER_TIMEOUT_MS: String(authServerTimeoutMs),
    REDIS_TIMEOUT_MS: String(REDIS_TIMEOUT_MS),
  };
}
