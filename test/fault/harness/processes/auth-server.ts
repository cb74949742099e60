/** auth-server as a child process of a fault test. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../../../services/auth-server/config.ts';
import { AuthServer } from '../../../../services/auth-server/server.ts';
import { systemClock } from '../../../../services/common/process/clock.ts';
import { createLog } from '../../../../services/common/process/log.ts';
import type { TokenStateFence } from '../../../../services/common/token-state/cache.ts';
import { BROKEN_FENCES, type FenceParts } from './broken-fences.ts';
import { report, runChild } from './child.ts';
import { StepGate } from './step-gate.ts';

/** How late a broken variant does what it should have done at once. */
const LATE_MS = 1_000;

const config = readConfig();
const gate = new StepGate();
const later = (work: () => Promise<void>) =>
  void sleep(LATE_MS)
    .then(work)
    .catch(() => {});
let broken: string | undefined;
let aheadMs = 0;
const service = new AuthServer(config, createLog('auth-server', config.logLevel), {
  clock: { now: () => systemClock.now() + aheadMs },
  onStep: (step) => gate.reached(step),
  fence: (cache, redis) => reportingFailures(switchable({ cache, redis, later })),
});

await runChild(service, (command) => {
  if (command.kind === 'arm') gate.arm(command.fault);
  else if (command.kind === 'disarm') gate.disarm();
  else if (command.kind === 'release') gate.release();
  else if (command.kind === 'break') broken = command.broken;
  else if (command.kind === 'advance clock') aheadMs += command.ms;
});

/** The cache as it is, or simplified the way that the parent has asked for. */
function switchable(parts: FenceParts): TokenStateFence {
  const variants = new Map<string, Partial<TokenStateFence>>(
    Object.entries(BROKEN_FENCES).map(([name, make]) => [name, make(parts)]),
  );
  const { cache } = parts;
  const current = () => (broken === undefined ? undefined : variants.get(broken));
  return {
    fence: (changeId, keys) => (current()?.fence ?? cache.fence.bind(cache))(changeId, keys),
    drop: (changeId, keys) => (current()?.drop ?? cache.drop.bind(cache))(changeId, keys),
  };
}

function reportingFailures(cache: TokenStateFence): TokenStateFence {
  return {
    drop: (changeId, keys) => cache.drop(changeId, keys),
    async fence(changeId, keys) {
      try {
        await cache.fence(changeId, keys);
      } catch (error) {
        await report({ kind: 'fence failed' });
        throw error;
      }
    },
  };
}
