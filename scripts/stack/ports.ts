import { canListen, freePort } from '../dependencies/ports.ts';

/** Distinct ports for one stack: consecutive ones from `base` on, or free ones. */
export class Ports {
  #nextFixed: number | undefined;

  constructor(base?: number) {
    this.#nextFixed = base;
  }

  /** Throws for a fixed port that is in use or privileged. */
  async next(): Promise<number> {
    if (this.#nextFixed === undefined) return freePort();
    const port = this.#nextFixed++;
    if (!(await canListen(port))) throw new Error(`Port ${port} is in use or privileged; choose another --port-base.`);
    return port;
  }
}
