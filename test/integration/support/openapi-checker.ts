import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { HttpResponse } from '../../support/world.ts';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: unknown;
}

interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: { 'application/json': { schema: object } } }>>;
}

/** Compares responses with an OpenAPI description. */
export class OpenApiChecker {
  readonly #document: Described;
  readonly #ajv = new Ajv2020({ allErrors: true, strict: false });
  /** Operations and statuses that were checked, such as `getApp 200`. */
  readonly checked = new Set<string>();

  constructor(document: Described) {
    // Clients ignore fields that are not described, but here each field must be described.
    this.#document = closed(document) as Described;
    addFormats.default(this.#ajv);
  }

  get operationIds(): string[] {
    return Object.values(this.#document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
  }

  /** Throws unless the description of the operation at `path` (parameters in braces) has this response. */
  check(method: string, path: string, actual: HttpResponse): void {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${path} is not described`);
    const response = operation.responses[actual.status];
    const name = `${operation.operationId} ${actual.status}`;
    if (response === undefined) throw new Error(`${name} is not described: ${JSON.stringify(actual.body)}`);
    this.checked.add(name);
    const schema = response.content?.['application/json'].schema;
    if (schema === undefined) {
      if (actual.body !== '') throw new Error(`${name} should have no body: ${JSON.stringify(actual.body)}`);
      return;
    }
    const validate = this.#ajv.compile({ ...schema, components: this.#document.components });
    if (validate(actual.body)) return;
    throw new Error(`${name}: ${this.#ajv.errorsText(validate.errors)}: ${JSON.stringify(actual.body)}`);
  }
}

/** A copy in which object schemas forbid additional properties, unless they say otherwise. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
  const isOpenObject = copy.type === 'object' && copy.additionalProperties === undefined;
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}
