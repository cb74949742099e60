import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeStep } from '../../../../services/auth-server/store/pg-authority.ts';
import { report } from './child.ts';
import type { StepFault } from './messages.ts';

/** Where changes meet the faults that the parent has armed. Each fault strikes the first `times` changes that come by. */
export class StepGate {
  #armed: { fault: StepFault; left: number }[] = [];
  #held: (() => void)[] = [];

  arm(fault: StepFault): void {
    this.#armed.push({ fault, left: fault.times });
  }

  disarm(): void {
    this.#armed = [];
    this.release();
  }

  release(): void {
    for (const goOn of this.#held.splice(0)) goOn();
  }

  async reached(step: ChangeStep): Promise<void> {
    const armed = this.#armed.find(({ fault, left }) => fault.step === step && left > 0);
    if (armed === undefined) return;
    armed.left--;
    await this.#strike(armed.fault);
  }

  async #strike(fault: StepFault): Promise<void> {
    if (fault.action === 'delay') return sleep(fault.ms);
    const held = Promise.withResolvers<void>();
    if (fault.action === 'hold') this.#held.push(held.resolve);
    await report({ kind: 'reached', step: fault.step });
    if (fault.action === 'kill') process.kill(process.pid, 'SIGKILL');
    else if (fault.action === 'stop') process.kill(process.pid, 'SIGSTOP');
    else await held.promise;
  }
}
