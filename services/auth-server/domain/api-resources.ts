/** The resource indicators (RFC 8707) of the API that tokens are issued for. */
export class ApiResources {
  readonly #accepted: ReadonlySet<string>;

  /** `addresses` have no trailing slash. Those without a path are also accepted with a slash (RFC 3986 section 6.2.3). */
  constructor(addresses: readonly string[]) {
    this.#accepted = new Set(addresses.flatMap((address) => [address, new URL(address).href]));
  }

  /** The description of the error `invalid_target`; undefined if every value of `resource` is an address of the API. */
  problemWith(resources: readonly string[]): string | undefined {
    if (resources.every((resource) => this.#accepted.has(resource))) return undefined;
    return 'resource must be an address of the API, exactly as in its metadata';
  }
}
