import { invalidRequest } from '#common/errors/app-error.ts';

/** Several resources are repeated parameters (RFC 8707 section 2), or a list in JSON. */
const RESOURCE = 'resource';

/** Request parameters. An empty value counts as missing, and only `resource` may be repeated (RFC 6749 section 3.1). */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #notStrings: ReadonlySet<string>;
  readonly #resources: readonly unknown[];
  /** Names, except `resource`, that were sent more than once; `get` returns their first values. */
  readonly duplicates: readonly string[];

  private constructor(
    values: ReadonlyMap<string, string>,
    duplicates: readonly string[],
    resources: readonly unknown[],
    notStrings: ReadonlySet<string> = new Set(),
  ) {
    this.#values = values;
    this.#notStrings = notStrings;
    this.#resources = resources.filter((value) => value !== '' && value !== null);
    this.duplicates = duplicates;
  }

  /** Parses a query string or a form body. Throws for percent-encoded bytes that are not UTF-8. */
  static fromUrlEncoded(text: string): Parameters {
    requireUtf8(text);
    const values = new Map<string, string>();
    const duplicates = new Set<string>();
    const parameters = new URLSearchParams(text);
    for (const [name, value] of parameters) {
      if (!values.has(name)) values.set(name, value);
      else if (name !== RESOURCE) duplicates.add(name);
    }
    return new Parameters(values, [...duplicates], parameters.getAll(RESOURCE));
  }

  /** Reads a JSON object. Null counts as missing; `get` throws for other members that are not strings. */
  static fromJson(body: unknown): Parameters {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalidRequest('the body must be a JSON object');
    }
    const members = Object.entries(body).filter(([, value]) => value !== null);
    const texts = members.filter((member): member is [string, string] => typeof member[1] === 'string');
    const others = members.filter(([, value]) => typeof value !== 'string').map(([name]) => name);
    const resources = members.flatMap(([name, value]) => (name === RESOURCE ? value : []));
    return new Parameters(new Map(texts), [], resources, new Set(others));
  }

  /** The value; empty if it is missing. Throws if it is not a string, because a missing value often means "all". */
  get(name: string): string {
    if (this.#notStrings.has(name)) throw invalidRequest(`${name} must be a string`);
    return this.#values.get(name) ?? '';
  }

  /** The values of `resource`. Throws unless all are strings. */
  get resources(): readonly string[] {
    if (this.#resources.every((value) => typeof value === 'string')) return this.#resources;
    throw invalidRequest('resource must be a string or a list of strings');
  }

  /** Throws if a parameter was sent more than once. */
  requireUnique(): this {
    if (this.duplicates.length > 0) throw invalidRequest(`duplicate parameters: ${this.duplicates.join(', ')}`);
    return this;
  }
}

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

function requireUtf8(text: string): void {
  try {
    for (const [escapes] of text.matchAll(ESCAPES)) decodeURIComponent(escapes);
  } catch {
    throw invalidRequest('the parameters are not UTF-8');
  }
}
