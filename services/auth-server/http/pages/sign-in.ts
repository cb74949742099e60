/** Builds links to the host platform's sign-in page. */
export class SignIn {
  readonly #signInUrl: string | undefined;
  readonly #ownOrigin: string;

  /** Without `signInUrl` there are no links, and the pages only say that the user must sign in. */
  constructor(signInUrl: string | undefined, issuer: string) {
    this.#signInUrl = signInUrl;
    this.#ownOrigin = new URL(issuer).origin;
  }

  /** The sign-in page, which afterwards redirects to `returnPath` here; undefined if none is configured. */
  addressFor(returnPath: string): string | undefined {
    if (this.#signInUrl === undefined) return undefined;
    const address = new URL(this.#signInUrl);
    address.searchParams.set('return_to', this.#ownAddress(returnPath));
    return address.href;
  }

  /** The address of `path` on this origin; of `/` if `path` is not a path or names another host (`//host`, `/\host`). */
  #ownAddress(path: string): string {
    const home = `${this.#ownOrigin}/`;
    if (!path.startsWith('/') || !URL.canParse(path, home)) return home;
    const address = new URL(path, home);
    return address.origin === this.#ownOrigin ? address.href : home;
  }
}
