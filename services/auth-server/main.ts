import { createLog } from '#common/process/log.ts';
import { runService } from '#common/process/run.ts';
import { readConfig } from './config.ts';
import { AuthServer } from './server.ts';

await runService(() => {
  const config = readConfig();
  const log = createLog('auth-server', config.logLevel);
  return { log, service: new AuthServer(config, log), drainMs: config.drainMs };
});
