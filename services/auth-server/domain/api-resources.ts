/** The one API that tokens are for, by the addresses that clients may name it with (RFC 8707). */
export class ApiResources {
  readonly #names: ReadonlySet<string>;

  /** `addresses`: without a slash at their end; where one has no path, the slash makes no difference (RFC 3986 section 6.2.3). */
  constructor(addresses: readonly string[]) {
    this.#names = new Set(addresses.flatMap((address) => [address, new URL(address).href]));
  }

  /** The words of `invalid_target` if one of the values of `resource` is anything else; undefined otherwise. */
  whyNotNamed(resources: readonly string[]): string | undefined {
    if (resources.every((resource) => this.#names.has(resource))) return undefined;
    return 'resource must be the address of the API, exactly as its metadata has it';
  }
}
