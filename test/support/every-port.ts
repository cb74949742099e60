import type { Client } from '@connectrpc/connect';
import type { IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import type { System } from './system.ts';

const ROUNDS = 3;

/** A gateway's clients of every replica, at the standard gRPC port and the fast one. */
export class EveryPort {
  readonly #clients: readonly Client<typeof IntrospectionService>[];

  constructor({ introspectionGrpc, introspectionFastPort, tokens }: System) {
    this.#clients = [...introspectionGrpc, ...introspectionFastPort].map((address) =>
      rpcClient(IntrospectionService, address, tokens.gateway),
    );
  }

  introspect(token: string): Promise<IntrospectResponse[]> {
    return Promise.all(this.#clients.map((client) => client.introspect({ token })));
  }

  /** Introspects everywhere several times, so that cached responses are included. Returns how many are active. */
  async activeResponses(token: string): Promise<number> {
    let count = 0;
    for (let round = 0; round < ROUNDS; round++) {
      count += (await this.introspect(token)).filter(({ active }) => active).length;
    }
    return count;
  }

  /** The number of responses that `activeResponses` examines. */
  get responses(): number {
    return ROUNDS * this.#clients.length;
  }
}
