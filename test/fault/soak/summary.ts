import type { Report } from '../scenarios/run-scenario.ts';

/** What all runs of a soak came to. */
export class Summary {
  readonly #reports: Report[] = [];

  add(report: Report): void {
    this.#reports.push(report);
  }

  get isEmpty(): boolean {
    return this.#reports.length === 0;
  }

  get isFine(): boolean {
    return !this.isEmpty && this.#violations === 0 && this.#defects === 0;
  }

  get #violations(): number {
    return this.#sum(({ violationCount }) => violationCount);
  }

  get #defects(): number {
    return this.#sum(({ defects }) => defects.length);
  }

  inWords(): string {
    const distinct = new Set(this.#reports.map(({ name }) => name)).size;
    const changes = (kind: keyof Report['changes']) => this.#sum((report) => report.changes[kind]);
    const minutes = this.#sum(({ seconds }) => seconds) / 60;
    return [
      `${this.#reports.length} runs of ${distinct} scenarios in ${minutes.toFixed(1)} minutes, ${this.#sum(({ faults }) => faults)} faults`,
      `${this.#sum(({ answers }) => answers)} answers, ${this.#sum(({ unavailable }) => unavailable)} unavailable`,
      `changes: ${changes('acknowledged')} acknowledged, ${changes('undone')} undone, ${changes('pending')} pending, ${changes('unknown')} unknown`,
      `${this.#violations} violations, ${this.#defects} defects`,
      this.isFine ? 'FINE' : `FAILED: ${this.#failed() || 'nothing has run'}`,
    ].join('\n');
  }

  #failed(): string {
    const failed = this.#reports.filter(({ violationCount, defects }) => violationCount > 0 || defects.length > 0);
    return [...new Set(failed.map(({ name }) => name))].join('; ');
  }

  #sum(of: (report: Report) => number): number {
    return this.#reports.reduce((sum, report) => sum + of(report), 0);
  }
}
