/** introspection as a child process of a fault test. */
import { type Clock, systemClock } from '../../../../services/common/process/clock.ts';
import { createLog } from '../../../../services/common/process/log.ts';
import { RedisConnection } from '../../../../services/common/token-state/redis-connection.ts';
import { readConfig } from '../../../../services/introspection/config.ts';
import { Introspection } from '../../../../services/introspection/server.ts';
import type { Entries } from '../../../support/read-path.ts';
import {
  fillingAnyGeneration,
  fillingWithoutLease,
  ignoringStamps,
  joiningQuestionsInFlight,
} from './broken-readers.ts';
import { runChild } from './child.ts';
import type { Broken } from './messages.ts';

let aheadMs = 0;
let broken: Broken | undefined;
const clock: Clock = { now: () => systemClock.now() + aheadMs };
const config = readConfig();
/** For what the broken variants do past the read path's own connection. */
const redis = new RedisConnection({
  url: config.redisUrl,
  keyPrefix: config.redisKeyPrefix,
  commandTimeoutMs: config.redisTimeoutMs,
});
const service = new Introspection(config, createLog('introspection', config.logLevel), {
  clock,
  cache(cache) {
    const variants = new Map<string, Entries>([
      ['fillsWithoutLease', fillingWithoutLease(cache, redis)],
      ['fillsAnyGeneration', fillingAnyGeneration(cache, redis)],
      ['ignoresStamps', ignoringStamps(cache, redis)],
    ]);
    const current = () => variants.get(broken ?? '') ?? cache;
    return {
      get generation() {
        return cache.generation;
      },
      read: (tokenHash, handler) => current().read(tokenHash, handler),
      lease: (tokenHashes, claim) => current().lease(tokenHashes, claim),
      fill: (fills, generation) => current().fill(fills, generation),
    };
  },
  source(source) {
    const joining = joiningQuestionsInFlight(source);
    return {
      getTokenStates: (hashes) => (broken === 'joinsQuestionsInFlight' ? joining : source).getTokenStates(hashes),
    };
  },
});

await runChild(service, (command) => {
  if (command.kind === 'advance clock') aheadMs += command.ms;
  else if (command.kind === 'break') broken = command.broken;
});
