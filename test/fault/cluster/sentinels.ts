import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisNode } from '../../support/redis-node.ts';
import { PRIMARY_NAME, type SentinelNode, startSentinel } from '../../support/sentinel-node.ts';

const SENTINELS = 3;
const QUORUM = 2;
/** The primary counts as down after this time without a valid reply. Longer than a loaded machine delays one. */
const DOWN_AFTER_MS = 2_000;
const FAILOVER_TIMEOUT_MS = 10_000;
/** Sentinel does nothing for 30 s after its clock has stood still for 2 s, as on a busy machine (TILT). */
const LIMIT_MS = 120_000;
const POLL_MS = 50;

export async function startSentinels(primary: RedisNode) {
  const settings = [
    `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primary.port} ${QUORUM}`,
    `sentinel down-after-milliseconds ${PRIMARY_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${PRIMARY_NAME} ${FAILOVER_TIMEOUT_MS}`,
  ];
  await using started = new AsyncDisposableStack();
  const start = async () => started.adopt(await startSentinel(settings), (node) => node.stop());
  const nodes = await Promise.all(Array.from({ length: SENTINELS }, start));
  const resources = started.move();
  const all = async (check: (node: SentinelNode) => Promise<boolean>) =>
    (await Promise.all(nodes.map(check))).every((isTrue) => isTrue);

  return {
    /** The value for REDIS_URL. */
    url: `redis+sentinel://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${PRIMARY_NAME}`,

    /** Resolves when every Sentinel knows a replica that it can promote, and reaches enough Sentinels for a failover. */
    async ready(): Promise<void> {
      const isReady = async ({ client }: SentinelNode) => {
        const replicas = (await client.call('SENTINEL', 'REPLICAS', PRIMARY_NAME)) as string[][];
        const linked = replicas.some((fields) => fields[fields.indexOf('master-link-status') + 1] === 'ok');
        return linked && (await succeeds(client.call('SENTINEL', 'CKQUORUM', PRIMARY_NAME)));
      };
      await until('know a replica and enough Sentinels', () => all(isReady));
    },

    /** Fails over to `to`, the only replica; resolves when all Sentinels report it as the primary. */
    async failOver(to: RedisNode): Promise<void> {
      const [sentinel] = nodes as [SentinelNode];
      // Sentinel rejects the command until it knows a replica that is in sync, and during a failover. It gives up a failover that
      // takes too long, as on a busy machine.
      await until('fail over', async () => {
        if ((await sentinel.primaryPort()) === to.port) return true;
        await sentinel.client.call('SENTINEL', 'FAILOVER', PRIMARY_NAME).catch(() => {});
        return false;
      });
      await this.agreeOn(to);
    },

    /** Resolves when all Sentinels report this node as the primary. */
    agreeOn: (node: RedisNode) =>
      until('agree on the new primary', () => all(async (each) => (await each.primaryPort()) === node.port)),

    stop: () => resources.disposeAsync(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const succeeds = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Sentinels did not ${what} within ${LIMIT_MS} ms`);
    await sleep(POLL_MS);
  }
}
