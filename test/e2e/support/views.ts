import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import type { Person } from './visitor.ts';

/** Something that the pages can show. */
export interface View {
  readonly name: string;
  readonly person: Person;
  readonly address: () => string | Promise<string>;
  /** Text that is there once the view is. */
  readonly shows: string | RegExp;
  /** What has to be done before it is there. */
  readonly reach?: (page: Page) => Promise<void>;
  /** Whether an RPC answers with an error, which the browser notes on its console. */
  readonly isRefused?: boolean;
}

const FIELDS = {
  declared_scopes: [
    'posts:read',
    'posts:write',
    'comments:read',
    'changelog:read',
    'customers:read',
    'webhooks:manage',
  ],
  webhook_url: 'https://hooks.example/in',
  subscribed_webhook_events: ['post_created', 'changelog_published'],
};

/** Every view, over apps that are made for it. Call `prepare` first. */
export class Views {
  readonly #bed: Bed;
  #installed!: ThirdPartyApp;
  #asking!: ThirdPartyApp;
  #quiet!: ThirdPartyApp;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  async prepare(): Promise<void> {
    this.#installed = await this.#bed.app({ name: 'Roadmapper', ...FIELDS });
    this.#asking = await this.#bed.app({ name: 'Insight Sync', ...FIELDS });
    this.#quiet = await this.#bed.app({ name: 'Changelog Mailer', declared_scopes: ['changelog:read'] });
    await this.#bed.api.install(this.#quiet.account, this.#quiet.redirectUri, { actor: 'self' });
    const scope = 'posts:read comments:read';
    const token = await this.#bed.api.install(this.#installed.account, this.#installed.redirectUri, { scope });
    await this.#bed.api.v3(token);
    this.#asking.request = { actor: 'self' };
    this.#installed.request = { actor: 'self', scope: 'posts:read posts:write customers:read' };
  }

  readonly consent: readonly View[] = [
    {
      name: 'consent',
      person: 'Tara Target',
      address: () => this.#asking.authorizationUrl(),
      shows: 'The app will be able to',
    },
    {
      name: 'consent-again',
      person: 'Tara Target',
      address: () => this.#installed.authorizationUrl(),
      shows: 'What you grant now replaces the current permissions.',
    },
    {
      name: 'consent-not-admin',
      person: 'Max Member',
      address: () => this.#asking.authorizationUrl(),
      shows: "You can't connect this app",
    },
    {
      name: 'consent-several-organizations',
      person: 'Sofia Several',
      address: () => this.#asking.authorizationUrl(),
      shows: 'The app will be able to',
    },
    {
      name: 'consent-choose-organization',
      person: 'Paula Plural',
      address: () => this.#asking.authorizationUrl(),
      shows: 'Choose an organization to continue.',
    },
    {
      name: 'consent-search-organization',
      person: 'Mona Many',
      address: () => this.#asking.authorizationUrl(),
      shows: 'Find an organization',
    },
    {
      name: 'consent-no-organization-found',
      person: 'Mona Many',
      address: () => this.#asking.authorizationUrl(),
      reach: (page) => page.getByLabel('Find an organization').fill('no such place'),
      shows: 'No organization matches',
    },
    {
      name: 'request-refused',
      person: 'Tara Target',
      address: () => this.#at('/consent?client_id=foapp_unknown&redirect_uri=https%3A%2F%2Fevil.example'),
      shows: 'This request is invalid',
      isRefused: true,
    },
    {
      name: 'request-refused-way-back',
      person: 'Tara Target',
      address: async () => `${await this.#asking.authorizationUrl()}&scope=nonsense`,
      shows: /Go back to/,
      isRefused: true,
    },
  ];

  readonly installs: readonly View[] = [
    { name: 'installs', person: 'Tara Target', address: () => this.#at('/installs'), shows: /^Apps with access/ },
    {
      name: 'installs-empty',
      person: 'Sofia Several',
      address: () => this.#at('/installs'),
      shows: 'No apps installed',
    },
    { name: 'not-admin', person: 'Max Member', address: () => this.#at('/installs'), shows: /Only admins/ },
    {
      name: 'install',
      person: 'Tara Target',
      address: () => this.#install(this.#installed),
      shows: 'Permissions',
    },
    {
      name: 'disconnect-dialog',
      person: 'Tara Target',
      address: () => this.#install(this.#installed),
      reach: (page) => page.getByRole('button', { name: 'Disconnect' }).click(),
      shows: /loses access immediately/,
    },
    {
      name: 'disconnected',
      person: 'Tara Target',
      address: () => this.#install(this.#quiet),
      reach: async (page) => {
        await page.getByRole('button', { name: 'Disconnect' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
      },
      shows: 'Disconnected everywhere',
    },
    {
      name: 'install-not-found',
      person: 'Tara Target',
      address: () => this.#at('/installs/globex/00000000-0000-7000-8000-000000000000'),
      shows: /^There is no install/,
      isRefused: true,
    },
    { name: 'not-found', person: 'Tara Target', address: () => this.#at('/installs/a/b/c'), shows: 'Page not found' },
  ];

  readonly apps: readonly View[] = [
    { name: 'apps', person: 'Olga Owner', address: () => this.#at('/apps'), shows: /^Apps built by/ },
    { name: 'apps-empty', person: 'Sofia Several', address: () => this.#at('/apps'), shows: 'No apps yet' },
    { name: 'app-new', person: 'Olga Owner', address: () => this.#at('/apps/acme/new'), shows: 'Register app' },
    {
      name: 'app-new-refused',
      person: 'Olga Owner',
      address: () => this.#at('/apps/acme/new'),
      reach: (page) => page.getByRole('button', { name: 'Register app' }).click(),
      shows: 'Check the highlighted fields',
      isRefused: true,
    },
    {
      name: 'app-created',
      person: 'Olga Owner',
      address: () => this.#at('/apps/acme/new'),
      reach: async (page) => {
        await page.getByLabel('Name').fill('Fresh');
        await page.getByLabel('Redirect URIs').fill('https://fresh.example/callback');
        await page.getByLabel('Read the roadmap').check();
        await page.getByRole('button', { name: 'Register app' }).click();
      },
      shows: 'Copy the client secret now',
    },
    { name: 'app', person: 'Olga Owner', address: () => this.#app(), shows: 'Client secrets' },
    {
      name: 'app-not-found',
      person: 'Olga Owner',
      address: () => this.#at('/apps/acme/foapp_unknown'),
      shows: /^There is no app/,
      isRefused: true,
    },
    {
      name: 'app-rotate-dialog',
      person: 'Olga Owner',
      address: () => this.#app(),
      reach: (page) => page.getByRole('button', { name: 'Rotate secret' }).click(),
      shows: 'Rotate client secret',
    },
    {
      name: 'app-secret-rotated',
      person: 'Olga Owner',
      address: () => this.#app(),
      reach: async (page) => {
        await page.getByRole('button', { name: 'Rotate secret' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
      },
      shows: 'Your new client secret',
    },
    {
      name: 'app-delete-dialog',
      person: 'Olga Owner',
      address: () => this.#app(),
      reach: (page) => page.getByRole('button', { name: 'Delete app' }).click(),
      shows: /It's disconnected from/,
    },
    { name: 'app-edit', person: 'Olga Owner', address: () => this.#app('/edit'), shows: 'Save changes' },
    {
      name: 'app-narrowing-dialog',
      person: 'Olga Owner',
      address: () => this.#app('/edit'),
      reach: async (page) => {
        await page.getByLabel('Read comments').uncheck();
        await page.getByRole('button', { name: 'Save changes' }).click();
      },
      shows: 'This removes access',
    },
    { name: 'app-installs', person: 'Olga Owner', address: () => this.#app('/installs'), shows: /Installed in/ },
    {
      name: 'app-installs-none',
      person: 'Olga Owner',
      address: () => this.#part(this.#asking, '/installs'),
      shows: 'Not installed yet',
    },
    {
      name: 'app-webhooks-not-declared',
      person: 'Olga Owner',
      address: () => this.#part(this.#quiet, '/webhooks'),
      shows: "This app can't receive events",
    },
    {
      name: 'app-webhooks',
      person: 'Olga Owner',
      address: () => this.#app('/webhooks'),
      shows: /^One per install/,
    },
    { name: 'app-try', person: 'Olga Owner', address: () => this.#app('/try'), shows: 'Authorization link' },
  ];

  #at(path: string): string {
    return this.#bed.stack.auth_server.http + path;
  }

  async #install(app: ThirdPartyApp): Promise<string> {
    return this.#at(`/installs/globex/${await this.#bed.api.installId(app.account)}`);
  }

  #app(part = ''): string {
    return this.#part(this.#installed, part);
  }

  #part(app: ThirdPartyApp, part: string): string {
    return this.#at(`/apps/acme/${app.account.clientId}${part}`);
  }
}
