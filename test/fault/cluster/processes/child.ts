import type { ChangeStep } from '../../../../services/auth-server/store/authority/change-protocol.ts';
import type { Service } from '../../../../services/common/process/run.ts';
import type { BrokenVariant } from './broken-variants.ts';

/** What happens to a change at a step. `stop`: SIGSTOP of its process. `hold`: the change waits for `release` or `disarm`. */
export interface StepFault {
  readonly step: ChangeStep;
  readonly action: 'kill' | 'stop' | 'hold';
}

/** A message from the test to a service process. */
export type Command =
  /** The next change that reaches the step meets the fault. */
  | { readonly kind: 'arm'; readonly fault: StepFault }
  | { readonly kind: 'disarm' }
  | { readonly kind: 'release' }
  /** Switches the protocol to a broken variant; undefined: back to the correct one. */
  | { readonly kind: 'break'; readonly variant: BrokenVariant | undefined }
  | { readonly kind: 'advance clock'; readonly ms: number };

/** A message from a service process to the test. */
export type Report =
  | { readonly kind: 'ready'; readonly addresses: Record<string, string> }
  /** A change meets an armed fault. */
  | { readonly kind: 'reached'; readonly step: ChangeStep }
  /** A fence could not be set. The run is then checked for guarantee A of docs/caching.md only. */
  | { readonly kind: 'fence failed' };

/** Resolves when the message has left this process. */
export function report(message: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** Runs a service until SIGTERM, or until the parent disconnects. */
export async function runChild(service: Service, onCommand: (command: Command) => void): Promise<void> {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (command) => onCommand(command as Command));
  process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
  await report({ kind: 'ready', addresses: await service.start() });
}

/** Applies armed faults to the changes of this process. */
export class StepFaults {
  #armed: StepFault[] = [];
  #held: (() => void)[] = [];

  arm(fault: StepFault): void {
    this.#armed.push(fault);
  }

  disarm(): void {
    this.#armed = [];
    this.release();
  }

  release(): void {
    for (const resume of this.#held.splice(0)) resume();
  }

  async onStep(step: ChangeStep): Promise<void> {
    const index = this.#armed.findIndex((fault) => fault.step === step);
    const [fault] = index === -1 ? [] : this.#armed.splice(index, 1);
    if (fault === undefined) return;
    // Created before the report, because the test may call `release` as soon as it has the report.
    const released = new Promise<void>((resolve) => this.#held.push(resolve));
    await report({ kind: 'reached', step });
    if (fault.action === 'hold') await released;
    else process.kill(process.pid, fault.action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  }
}
