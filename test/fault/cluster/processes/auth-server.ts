import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../../../services/auth-server/config.ts';
import { AuthServer } from '../../../../services/auth-server/server.ts';
import type { TokenStateFence } from '../../../../services/auth-server/token-state/cache.ts';
import type { RedisConnection } from '../../../../services/auth-server/token-state/redis-connection.ts';
import { systemClock } from '../../../../services/common/process/clock.ts';
import { createLog } from '../../../../services/common/process/log.ts';
import { BROKEN_FENCES, type BrokenFence, type BrokenVariant } from './broken-variants.ts';
import { report, runChild, StepFaults } from './child.ts';

const DELAY_MS = 1_000;

const config = readConfig();
const faults = new StepFaults();
let variant: BrokenVariant | undefined;
let clockOffsetMs = 0;
const service = new AuthServer(config, createLog('auth-server', config.logLevel), {
  clock: { now: () => systemClock.now() + clockOffsetMs },
  onStep: (step) => faults.onStep(step),
  fence: switchableFence,
});

await runChild(service, (command) => {
  if (command.kind === 'arm') faults.arm(command.fault);
  else if (command.kind === 'disarm') faults.disarm();
  else if (command.kind === 'release') faults.release();
  else if (command.kind === 'break') variant = command.variant;
  else if (command.kind === 'advance clock') clockOffsetMs += command.ms;
});

/** The correct fence or a broken one; failures of fences are reported to the test. */
function switchableFence(cache: TokenStateFence, redis: RedisConnection): TokenStateFence {
  const later = (work: () => Promise<void>) =>
    void sleep(DELAY_MS)
      .then(work)
      .catch(() => {});
  const current = () => BROKEN_FENCES[variant as BrokenFence]?.({ cache, redis, later }) ?? cache;
  return {
    drop: (changeId, keys) => current().drop(changeId, keys),
    async fence(changeId, keys) {
      try {
        await current().fence(changeId, keys);
      } catch (error) {
        await report({ kind: 'fence failed' });
        throw error;
      }
    },
  };
}
