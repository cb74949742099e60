import { canListen, freePort } from '../dependencies/ports.ts';

/** Distinct ports for one stack: consecutive ones from `base` on, or free ones. */
export class Ports {
  readonly #taken = new Set<number>();
  #nextFixed: number | undefined;

  constructor(base?: number) {
    this.#nextFixed = base;
  }

  /** Throws for a fixed port that is in use. */
  async next(): Promise<number> {
    if (this.#nextFixed === undefined) return this.#nextFree();
    const port = this.#nextFixed++;
    if (!(await canListen(port))) throw new Error(`Port ${port} is in use; choose another --port-base.`);
    return port;
  }

  async #nextFree(): Promise<number> {
    let port: number;
    do port = await freePort();
    while (this.#taken.has(port));
    this.#taken.add(port);
    return port;
  }
}
