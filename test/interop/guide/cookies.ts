/** The cookies of a browser for one host. */
export class Cookies {
  readonly #pairs = new Map<string, string>();

  store(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const [name = ''] = pair.split('=', 1);
      if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) this.#pairs.delete(name);
      else this.#pairs.set(name, pair);
    }
  }

  /** The object itself can be the options of fetch(): `fetch(url, cookies)`. */
  get headers(): { cookie: string } {
    return { cookie: [...this.#pairs.values()].join('; ') };
  }
}
