import { RedisConnection } from '../../../../services/auth-server/token-state/redis-connection.ts';
import { systemClock } from '../../../../services/common/process/clock.ts';
import { createLog } from '../../../../services/common/process/log.ts';
import { type CacheNode, parseCacheNodes } from '../../../../services/common/redis/cache-nodes.ts';
import { readConfig } from '../../../../services/introspection/config.ts';
import { Introspection } from '../../../../services/introspection/server.ts';
import {
  BROKEN_ENTRIES,
  type BrokenEntries,
  type BrokenVariant,
  joiningLookupsInFlight,
  replaceSteps,
} from './broken-variants.ts';
import { runChild } from './child.ts';

let clockOffsetMs = 0;
let variant: BrokenVariant | undefined;
const config = readConfig();
/** The connection of broken variants, which run only in clusters with one cache node. */
const redis = new RedisConnection({
  url: (parseCacheNodes(config.redisUrl)[0] as CacheNode).url,
  keyPrefix: config.redisKeyPrefix,
  commandTimeoutMs: config.redisTimeoutMs,
});
const service = new Introspection(config, createLog('introspection', config.logLevel), {
  clock: { now: () => systemClock.now() + clockOffsetMs },
  cache: (cache) => replaceSteps(cache, () => BROKEN_ENTRIES[variant as BrokenEntries]?.(cache, redis) ?? {}),
  source(source) {
    const joining = joiningLookupsInFlight(source);
    return {
      getTokenStates: (hashes) => (variant === 'joinsLookupsInFlight' ? joining : source).getTokenStates(hashes),
    };
  },
});

await runChild(service, (command) => {
  if (command.kind === 'advance clock') clockOffsetMs += command.ms;
  else if (command.kind === 'break') variant = command.variant;
});
