import type { Service } from '../../../../services/common/process/run.ts';
import type { Command, Report } from './messages.ts';

/** Tells the parent, and resolves when the message has left this process: it may be about to die. */
export function report(message: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** Runs a service in this child process, under the parent's commands, until the parent goes. */
export async function runChild(service: Service, obey: (command: Command) => void): Promise<void> {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (command) => obey(command as Command));
  process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
  await report({ kind: 'ready', addresses: await service.start() });
}
