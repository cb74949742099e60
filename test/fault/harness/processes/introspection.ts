/** introspection as a child process of a fault test. */
import { type Clock, systemClock } from '../../../../services/common/process/clock.ts';
import { createLog } from '../../../../services/common/process/log.ts';
import { readConfig } from '../../../../services/introspection/config.ts';
import { Introspection } from '../../../../services/introspection/server.ts';
import { SingleFlightSource } from '../../../../services/introspection/source/single-flight-source.ts';
import { fillingAnyEpoch, fillingWithoutLease, joiningReadsUnderWay } from './broken-readers.ts';
import { runChild } from './child.ts';
import type { Broken } from './messages.ts';

let aheadMs = 0;
let broken: Broken | undefined;
const clock: Clock = {
  now: () => systemClock.now() + aheadMs,
  preciseNow: () => systemClock.preciseNow() + aheadMs,
};
const config = readConfig();
const service = new Introspection(config, createLog('introspection', config.logLevel), {
  clock,
  cache(cache, redis) {
    const variants = {
      fillsWithoutLease: fillingWithoutLease(cache, redis),
      fillsAnyEpoch: fillingAnyEpoch(cache, redis),
    };
    const current = () => (broken === 'fillsWithoutLease' || broken === 'fillsAnyEpoch' ? variants[broken] : cache);
    return {
      read: (tokenHash) => current().read(tokenHash),
      fill: (lease, answer, expiresAt) => current().fill(lease, answer, expiresAt),
    };
  },
  flights(source) {
    const [usual, joining] = [new SingleFlightSource(source), joiningReadsUnderWay(source)];
    const current = () => (broken === 'joinsReadUnderWay' ? joining : usual);
    return { answer: (tokenHash, deadline) => current().answer(tokenHash, deadline) };
  },
});

await runChild(service, (command) => {
  if (command.kind === 'advance clock') aheadMs += command.ms;
  else if (command.kind === 'break') broken = command.broken;
});
