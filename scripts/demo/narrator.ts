import { inspect, isDeepStrictEqual } from 'node:util';
import { shorten } from './shorten.ts';

/** Thrown when a step did not have the expected result; it ends the demo. */
export class StepFailed extends Error {}

const useColors = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (useColors ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = paint(1);
const dim = paint(2);
const red = paint(31);
const green = paint(32);
const cyan = paint(36);

/** Prints numbered steps, what went over the wire, and whether it was as expected. */
export class Narrator {
  readonly #interrupted: AbortSignal;
  #steps = 0;
  #current = '';

  constructor(interrupted: AbortSignal) {
    this.#interrupted = interrupted;
  }

  chapter(title: string): void {
    this.#print(`\n${bold(cyan(`— ${title} —`))}`);
  }

  /** Throws if the demo was interrupted. */
  step(title: string): void {
    this.#interrupted.throwIfAborted();
    this.#steps++;
    this.#current = title;
    this.#print(`\n${bold(`${this.#steps}. ${title}`)}`);
  }

  sent(lines: readonly string[]): void {
    for (const line of lines) this.#print(`   ${cyan('→')} ${line}`);
  }

  received(lines: readonly string[]): void {
    for (const line of lines) this.#print(`   ${dim('←')} ${line}`);
  }

  /** Throws unless `actual` has everything in `expected`. */
  expect(what: string, actual: unknown, expected: unknown): void {
    if (matches(actual, expected)) {
      this.#print(`   ${green('✓')} ${what}`);
      return;
    }
    this.#print(
      `   ${red('✗')} ${what}\n     expected ${inspect(expected)}\n     got      ${inspect(actual, { depth: 5 })}`,
    );
    throw new StepFailed(what);
  }

  result(failure: string | undefined): void {
    const line = failure
      ? red(`FAILED at step ${this.#steps} (${this.#current}): ${failure}`)
      : green(`All ${this.#steps} steps had the expected result.`);
    this.#print(`\n${bold(line)}`);
  }

  #print(text: string): void {
    process.stdout.write(`${shorten(text)}\n`);
  }
}

/** Objects match by their expected members, everything else exactly. */
function matches(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    return isDeepStrictEqual(actual, expected);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([name, value]) => matches((actual as Record<string, unknown>)[name], value));
}
