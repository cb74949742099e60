/** The resource indicators (RFC 8707) of the API that tokens are issued for. */
export class ApiResources {
  readonly #names: ReadonlySet<string>;

  /** `addresses`: without a trailing slash. An address without a path is also accepted with one (RFC 3986 section 6.2.3). */
  constructor(addresses: readonly string[]) {
    this.#names = new Set(addresses.flatMap((address) => [address, new URL(address).href]));
  }

  /** The description of `invalid_target` if a value of `resource` is not one of them; else undefined. */
  problemWith(resources: readonly string[]): string | undefined {
    if (resources.every((resource) => this.#names.has(resource))) return undefined;
    return 'resource must be the address of the API, exactly as in its metadata';
  }
}
