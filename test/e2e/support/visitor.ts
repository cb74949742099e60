import type { Page, Request } from 'playwright-core';

/** The demo users, as the platform's sign-in page names them. */
export type Person = 'Olga Owner' | 'Tara Target' | 'Max Member' | 'Sofia Several' | 'Paula Plural' | 'Mona Many';

/** A user that only one test file uses, and the cookie of their session. */
export interface TestUser {
  readonly id: number;
  readonly name: string;
  readonly cookie: { readonly name: string; readonly value: string; readonly url: string };
}

/** A browser page, and the problems that were observed on it. */
export class Visitor {
  readonly page: Page;
  /** Console errors, uncaught errors and failed requests. */
  readonly problems: string[] = [];
  readonly requestedOrigins = new Set<string>();

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`thrown: ${error.message}`));
    page.on('requestfailed', (request) => this.#failed(request));
    page.on('request', (request) => this.requestedOrigins.add(new URL(request.url()).origin));
  }

  /** Chooses a user on the platform's sign-in page, which returns to the requested page. */
  async signInAs(person: Person): Promise<void> {
    await this.page.getByRole('button', { name: person }).click();
  }

  /** Opens a page as a user. A demo user signs in for it; a test user is not on the sign-in page and has a cookie. */
  async visit(url: string, user: Person | TestUser): Promise<void> {
    if (typeof user === 'object') {
      await this.page.context().addCookies([{ ...user.cookie, httpOnly: true, sameSite: 'Lax' }]);
    }
    await this.page.goto(url);
    if (typeof user === 'string') await this.signInAs(user);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  /** Approves on the consent page; resolves when the app has exchanged the code. */
  async connect(): Promise<void> {
    await this.button('Connect').click();
    await this.page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
  }

  /** A tab with the same cookies. */
  async anotherTab(): Promise<Visitor> {
    return new Visitor(await this.page.context().newPage());
  }

  /**
   * Dispatches the event of a tab that becomes visible, or of a window that gets the focus. A headless browser never dispatches
   * them, because every tab is visible and has the focus.
   */
  async returnToPage(event: 'visibilitychange' | 'focus'): Promise<void> {
    await this.page.evaluate(`void window.dispatchEvent(new Event("${event}"))`);
  }

  button(name: string | RegExp) {
    return this.page.getByRole('button', { name });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Requests that are aborted by navigation are not problems. */
  #failed(request: Request): void {
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') this.problems.push(`failed: ${request.url()} ${reason}`);
  }
}
