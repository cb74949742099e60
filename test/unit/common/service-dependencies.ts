import { CallerRules } from '../../../services/common/callers/rules.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { Admission, type IdentifyCaller } from '../../../services/common/rpc/admission.ts';

/** What a port of a service needs. By default every caller is unidentified. */
export function serviceDependencies(
  identify: IdentifyCaller = async () => undefined,
  log = createLog('test', 'silent'),
) {
  const admission = new Admission(identify, new CallerRules({ openReflection: false }));
  return { admission, clock: systemClock, log, observer: new RequestObserver(log, 10_000) };
}
