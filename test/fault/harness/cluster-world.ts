import { rpcClient } from '../../support/system.ts';
import { World } from '../../support/world.ts';
import type { AuthNode } from './auth-node.ts';
import type { Cluster } from './cluster.ts';

/** The cluster as its users reach it: through that auth-server, or whichever runs. */
export function worldOf({ parts, authServers }: Cluster, node?: AuthNode): World {
  const up = () => node ?? authServers.find(({ child }) => child.running) ?? authServers[0];
  return new World({
    platform: parts.platform,
    tokens: parts.secrets,
    introspectionGrpc: [],
    get issuer() {
      return `http://127.0.0.1:${up()?.httpPort}`;
    },
    rpc: (service, bearer) => rpcClient(service, `127.0.0.1:${up()?.grpcPort}`, bearer),
    replicaRpc: () => {
      throw new Error('replicas are asked through ReplicaNode');
    },
  });
}

/** Asks every replica about a token so many times, on both ports in turn: how many answers say that it is active. */
export async function activeAnswers({ replicas }: Cluster, token: string, times: number): Promise<number> {
  let active = 0;
  for (let time = 0; time < times; time++) {
    const answers = await Promise.all(replicas.map((replica) => replica.introspect(token)));
    active += answers.filter((answer) => answer.active).length;
  }
  return active;
}
