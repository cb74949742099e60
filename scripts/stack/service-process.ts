import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServerProcess } from '../dependencies/server-process.ts';

const SERVICES = join(import.meta.dirname, '../../services');

export interface ServiceSpec {
  readonly name: string;
  /** Its folder in services/. */
  readonly service: string;
  /** Its environment except PATH: no service sees the settings of another or of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logDirectory: string;
}

/** Starts one service of a stack as a process that logs to a file named after it. */
export function startService({ name, service, environment, logDirectory }: ServiceSpec): ServerProcess {
  mkdirSync(logDirectory, { recursive: true });
  return new ServerProcess({
    name,
    command: process.execPath,
    args: [join(SERVICES, service, 'main.ts')],
    environment: { PATH: process.env.PATH ?? '', ...environment },
    logFile: join(logDirectory, `${name}.log`),
    stopSignal: 'SIGTERM',
  });
}
