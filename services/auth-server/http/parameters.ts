import { invalidRequest } from '#common/errors/app-error.ts';

/** Request parameters as text: each name once, empty values left out (RFC 6749 section 3.1). */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  /** Names that came more than once; their values are those that came first. */
  readonly repeated: readonly string[];

  private constructor(values: ReadonlyMap<string, string>, repeated: readonly string[]) {
    this.#values = values;
    this.repeated = repeated;
  }

  /** From a query string or a form body. */
  static fromUrlEncoded(text: string): Parameters {
    const values = new Map<string, string>();
    const repeated = new Set<string>();
    for (const [name, value] of new URLSearchParams(text)) {
      if (values.has(name)) repeated.add(name);
      else values.set(name, value);
    }
    return new Parameters(values, [...repeated]);
  }

  /** From a JSON object whose values are texts; other members are left for the caller to read. */
  static fromJson(body: unknown): Parameters {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw invalidRequest('the body must be a JSON object');
    const texts = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return new Parameters(new Map(texts), []);
  }

  /** The value; empty where it was left out. */
  get(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** Throws if any parameter came twice: which of the two was meant? */
  requireUnrepeated(): this {
    if (this.repeated.length > 0) throw invalidRequest(`given twice: ${this.repeated.join(', ')}`);
    return this;
  }
}
