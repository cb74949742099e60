import { createLog } from '#common/process/log.ts';
import { runService } from '#common/process/run.ts';
import { readConfig } from './config.ts';
import { buildGateway } from './server.ts';

await runService(() => {
  const config = readConfig();
  const log = createLog('gateway', config.logLevel);
  return { log, service: buildGateway(config, log), drainMs: config.drainMs };
});
