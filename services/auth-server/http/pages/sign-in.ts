/** Where signed-out people go, and how they come back. */
export class SignIn {
  readonly #signInUrl: string | undefined;
  readonly #ownOrigin: string;

  /** Without an address the page itself says that one has to sign in. */
  constructor(signInUrl: string | undefined, issuer: string) {
    this.#signInUrl = signInUrl;
    this.#ownOrigin = new URL(issuer).origin;
  }

  /** The platform's sign-in, which returns to that path of ours; undefined where none is configured. */
  addressFor(returnPath: string): string | undefined {
    if (this.#signInUrl === undefined) return undefined;
    const address = new URL(this.#signInUrl);
    address.searchParams.set('return_to', this.#ownAddress(returnPath));
    return address.href;
  }

  /** Whatever the path says, the result is on our own origin: `//host` and `/\host` are not paths. */
  #ownAddress(path: string): string {
    const home = `${this.#ownOrigin}/`;
    if (!path.startsWith('/') || !URL.canParse(path, home)) return home;
    const address = new URL(path, home);
    return address.origin === this.#ownOrigin ? address.href : home;
  }
}
