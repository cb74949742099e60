import { invalidRequest } from '#common/errors/app-error.ts';

/** RFC 8707 section 2: several resources are several parameters; in JSON, a list. */
const RESOURCE = 'resource';

/** Request parameters as text: each name but `resource` once, empty values left out (RFC 6749 section 3.1). */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #notText: ReadonlySet<string>;
  readonly #resources: readonly unknown[];
  /** Names that came more than once; their values are those that came first. */
  readonly repeated: readonly string[];

  private constructor(
    values: ReadonlyMap<string, string>,
    repeated: readonly string[],
    resources: readonly unknown[],
    notText: ReadonlySet<string> = new Set(),
  ) {
    this.#values = values;
    this.#notText = notText;
    this.#resources = resources.filter((value) => value !== '' && value !== null);
    this.repeated = repeated;
  }

  /** From a query string or a form body. Throws for escapes that are not UTF-8: they would be read as other text. */
  static fromUrlEncoded(text: string): Parameters {
    requireUtf8(text);
    const values = new Map<string, string>();
    const repeated = new Set<string>();
    const parameters = new URLSearchParams(text);
    for (const [name, value] of parameters) {
      if (!values.has(name)) values.set(name, value);
      else if (name !== RESOURCE) repeated.add(name);
    }
    return new Parameters(values, [...repeated], parameters.getAll(RESOURCE));
  }

  /** From a JSON object. Members that are not text (null counts as left out) may be read elsewhere, but not from here. */
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

  /**
   * The value; empty where it was left out. Throws for one that is not text: to take it for left out would be to guess,
   * and what is left out often means "all".
   */
  get(name: string): string {
    if (this.#notText.has(name)) throw invalidRequest(`${name} must be text`);
    return this.#values.get(name) ?? '';
  }

  /** The values of `resource`. Throws unless all are text. */
  get resources(): readonly string[] {
    if (this.#resources.every((value) => typeof value === 'string')) return this.#resources;
    throw invalidRequest('resource must be text, or a list of texts');
  }

  /** Throws if any parameter came twice: which of the two was meant? */
  requireUnrepeated(): this {
    if (this.repeated.length > 0) throw invalidRequest(`given twice: ${this.repeated.join(', ')}`);
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
