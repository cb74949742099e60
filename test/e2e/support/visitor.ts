import type { Page, Request } from 'playwright-core';

/** The demo users, as the platform's sign-in page names them. */
export type Person = 'Olga Owner' | 'Tara Target' | 'Max Member' | 'Sofia Several' | 'Paula Plural' | 'Mona Many';

/** Somebody at a browser, and what went wrong in it. */
export class Visitor {
  readonly page: Page;
  /** Errors on the console, thrown errors, failed requests: each a sentence. */
  readonly troubles: string[] = [];
  readonly requestedOrigins = new Set<string>();

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.troubles.push(`thrown: ${error.message}`));
    page.on('requestfailed', (request) => this.#failed(request));
    page.on('request', (request) => this.requestedOrigins.add(new URL(request.url()).origin));
  }

  /** On the platform's sign-in page, which leads back to where the visitor was going. */
  async signInAs(person: Person): Promise<void> {
    await this.page.getByRole('button', { name: person }).click();
  }

  /** Opens an address of ours as that person. */
  async visit(address: string, person: Person): Promise<void> {
    await this.page.goto(address);
    await this.signInAs(person);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  /** The same browser, cookies and all. */
  async anotherTab(): Promise<Visitor> {
    return new Visitor(await this.page.context().newPage());
  }

  /** What a browser tells a page that somebody turns to; without a screen every tab is in front all the time. */
  async comeBack(): Promise<void> {
    await this.page.evaluate('void window.dispatchEvent(new Event("visibilitychange"))');
  }

  button(name: string | RegExp) {
    return this.page.getByRole('button', { name });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** A request that the next page made superfluous did not fail. */
  #failed(request: Request): void {
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') this.troubles.push(`failed: ${request.url()} ${reason}`);
  }
}
