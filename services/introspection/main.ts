import { createLog } from '#common/process/log.ts';
import { runService } from '#common/process/run.ts';
import { readConfig } from './config.ts';
import { Introspection } from './server.ts';

await runService(() => {
  const config = readConfig();
  const log = createLog('introspection', config.logLevel);
  return { log, service: new Introspection(config, log) };
});
