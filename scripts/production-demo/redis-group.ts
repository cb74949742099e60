import { startSentinels } from '../../test/fault/cluster/sentinels.ts';
import { RedisNode } from '../../test/support/redis-node.ts';

/** A Redis primary with a replica, and three Sentinels that fail over. */
export interface RedisGroup {
  /** For REDIS_URL: names the Sentinels. */
  readonly url: string;
  /** Kills the primary; resolves when all Sentinels report the replica as the new one. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when a failover is possible. */
export async function startRedisGroup(): Promise<RedisGroup> {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): Promise<void> }>(server: T): T => started.adopt(server, (each) => each.stop());
  const primary = keep(await RedisNode.start());
  const replica = keep(await RedisNode.start());
  await replica.follow(primary);
  const sentinels = keep(await startSentinels(primary));
  await sentinels.ready();
  const running = started.move();
  return {
    url: sentinels.url,
    async failOver() {
      await primary.kill();
      await sentinels.agreeOn(replica);
    },
    stop: () => running.disposeAsync(),
  };
}
