import { type Check, host, urlOf } from './config-checks.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** Like `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads typed values and collects all problems, so that an operator sees all of them at once. An empty value counts as missing.
 */
export class ConfigReader {
  readonly #environment: Environment;
  readonly #problems: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string, fallback?: string, check?: Check): string {
    const value = this.#environment[name] || fallback;
    if (value === undefined) this.#problems.push(`${name} is required`);
    else this.problem(name, check?.(value));
    return value ?? '';
  }

  integer(name: string, { fallback, min, max }: { fallback: number; min: number; max: number }): number {
    const text = this.#environment[name];
    if (!text) return fallback;
    const value = Number(text);
    // Number() itself would accept a blank, 0x10 and 1e3.
    if (!/^-?[0-9]+$/.test(text) || value < min || value > max) {
      this.#problems.push(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
    }
    return value;
  }

  /** `FILE_CHECK_INTERVAL_MS`: how often certificate, token and key files are checked. */
  fileCheckIntervalMs(): number {
    return this.integer('FILE_CHECK_INTERVAL_MS', { fallback: 5_000, min: 10, max: 3_600_000 });
  }

  /** The operational settings that every service has. */
  operations() {
    return {
      metricsHost: this.text('METRICS_HOST', '127.0.0.1', host),
      /** The port of the Prometheus metrics; undefined: none. */
      metricsPort: this.optionalPort('METRICS_PORT'),
      /** How long the server still serves after a signal to stop, while it reports that it is not ready. */
      drainMs: 1_000 * this.integer('DRAIN_SECONDS', { fallback: 5, min: 0, max: 600 }),
      tracing: this.#tracing(),
      /** Requests of this duration or longer are logged as slow. */
      slowRequestMs: this.integer('SLOW_REQUEST_MS', { fallback: 1_000, min: 1, max: 600_000 }),
      logLevel: this.logLevel(),
    };
  }

  logLevel(): LogLevel {
    return this.choice('LOG_LEVEL', LOG_LEVELS, 'info');
  }

  /** The settings of traces; undefined: tracing is off. OpenTelemetry's exporter reads others itself, such as headers. */
  #tracing(): { readonly endpoint: string; readonly ratio: number; readonly exportIntervalMs: number } | undefined {
    const endpoint = this.optionalText('OTEL_EXPORTER_OTLP_ENDPOINT', urlOf('http', 'https'));
    const ratio = this.parsed('OTEL_TRACES_SAMPLER_ARG', ratioOf, '0.01');
    const exportIntervalMs = this.integer('OTEL_BSP_SCHEDULE_DELAY', { fallback: 5_000, min: 1, max: 60_000 });
    return endpoint === undefined ? undefined : { endpoint, ratio, exportIntervalMs };
  }

  port(name: string, fallback: number): number {
    return this.integer(name, { fallback, min: 0, max: 65_535 });
  }

  /** Undefined, which means off, if it is not set. */
  optionalPort(name: string): number | undefined {
    return this.#environment[name] ? this.port(name, 0) : undefined;
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.#environment[name];
    if (!text) return fallback;
    if (text !== 'true' && text !== 'false') {
      this.#problems.push(`${name} must be true or false, not ${JSON.stringify(text)}`);
    }
    return text === 'true';
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.#environment[name];
    if (!text) return fallback;
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) this.#problems.push(`${name} must be one of ${choices.join(', ')}`);
    return choice ?? fallback;
  }

  /** The result of `parse`; the message of its error is reported after the name. */
  parsed<T>(name: string, parse: (text: string) => T, fallback: string): T {
    try {
      return parse(this.#environment[name] || fallback);
    } catch (error) {
      this.problem(name, (error as Error).message);
      return parse(fallback);
    }
  }

  /** Comma-separated, at least one; spaces around items are ignored. `check` applies to each. */
  list(name: string, fallback?: string, check?: Check): readonly string[] {
    const text = this.text(name, fallback);
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    if (text !== '' && items.length === 0) this.problem(name, 'must have at least one item');
    const problems = items.map((item) => check?.(item));
    this.problem(
      name,
      problems.find((problem) => problem !== undefined),
    );
    return items;
  }

  /** Empty if it is not set. */
  optionalList(name: string, check?: Check): readonly string[] {
    return this.#environment[name] ? this.list(name, undefined, check) : [];
  }

  optionalText(name: string, check?: Check): string | undefined {
    return this.#environment[name] ? this.text(name, undefined, check) : undefined;
  }

  /** Adds a problem, unless it is undefined. The text follows the name of the setting. */
  problem(name: string, text: string | undefined): void {
    if (text !== undefined) this.#problems.push(`${name} ${text}`);
  }

  /** Throws one error with all problems. Call it after the last read. */
  done(): void {
    if (this.#problems.length > 0) {
      throw new Error(`Invalid configuration:\n${this.#problems.map((problem) => `  - ${problem}`).join('\n')}`);
    }
  }
}

function ratioOf(text: string): number {
  const ratio = Number(text);
  if (!/^[0-9.]+$/.test(text) || !(ratio >= 0 && ratio <= 1)) throw new Error('must be a number from 0 to 1');
  return ratio;
}
