import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { DemoUser } from './demo-world.ts';
import { signInPage, signInStyle } from './sign-in-page.ts';

/** auth-server's default for SESSION_COOKIE. */
const SESSION_COOKIE = 'featureos_session';

export interface SignInOptions {
  readonly users: readonly DemoUser[];
  /** The only origin that may be redirected to. */
  readonly returnOrigin: string;
  readonly sign: (userId: number) => Promise<string>;
}

/**
 * The platform's sign-in for browsers: a page with the demo users, and the session cookie of the chosen one. Cookies ignore
 * ports, so auth-server on another port of 127.0.0.1 receives the cookie.
 */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** Responds to a request for the sign-in. False for any other request. */
  async handle(request: IncomingMessage, url: URL, response: ServerResponse): Promise<boolean> {
    if (url.pathname === '/sign-in.css') {
      response.setHeader('content-type', 'text/css').end(signInStyle);
    } else if (url.pathname === '/sign-in' && request.method === 'POST') {
      await this.#signIn(new URLSearchParams(await text(request)), response);
    } else if (url.pathname === '/sign-in') {
      this.#show(this.#checked(url.searchParams.get('return_to')), response);
    } else {
      return false;
    }
    return true;
  }

  #show(returnTo: string, response: ServerResponse): void {
    const { users, returnOrigin } = this.#options;
    // form-action also applies to the redirect after the form is submitted.
    const policy = `default-src 'none'; style-src 'self'; form-action 'self' ${returnOrigin}; frame-ancestors 'none'`;
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .setHeader('content-security-policy', policy)
      .setHeader('referrer-policy', 'no-referrer')
      .setHeader('cache-control', 'no-store')
      .end(signInPage(users, returnTo));
  }

  async #signIn(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const user = this.#options.users.find(({ id }) => String(id) === form.get('user'));
    if (user === undefined) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('There is no such demo user\n');
      return;
    }
    const jwt = await this.#options.sign(user.id);
    response
      .writeHead(303, {
        location: this.#checked(form.get('return_to')),
        'set-cookie': `${SESSION_COOKIE}=${jwt}; Path=/; HttpOnly; SameSite=Lax`,
        'cache-control': 'no-store',
      })
      .end();
  }

  /** The requested address if its origin is the allowed one, else the root of the allowed origin. */
  #checked(returnTo: string | null): string {
    const { returnOrigin } = this.#options;
    const isAllowed = returnTo !== null && URL.canParse(returnTo) && new URL(returnTo).origin === returnOrigin;
    return isAllowed ? new URL(returnTo).href : `${returnOrigin}/`;
  }
}
