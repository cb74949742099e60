import type { Page } from 'playwright-core';
import { colorPng } from '../../support/images.ts';
import type { Bed } from './bed.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import type { Person, TestUser } from './visitor.ts';

export interface View {
  readonly name: string;
  /** A function for a user that `prepare` creates. */
  readonly person: Person | (() => TestUser);
  readonly url: () => string | Promise<string>;
  /** A text that is visible once the view has loaded. */
  readonly expectedText: string | RegExp;
  /** The steps that open the view after the page has loaded. */
  readonly steps?: (page: Page) => Promise<void>;
  /** Whether an RPC returns an error, which the browser logs on its console. */
  readonly expectsError?: boolean;
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

const ROADMAPPER = {
  description: 'Turns feedback into a roadmap that your customers can see.',
  homepage_url: 'https://roadmapper.example',
  privacy_policy_url: 'https://roadmapper.example/privacy',
  terms_url: 'https://roadmapper.example/terms',
  support_address: 'help@roadmapper.example',
};
const INSIGHT_SYNC = {
  description: 'Shows what your customers ask for next to their account in your CRM, and keeps both up to date.',
  homepage_url: 'https://insight-sync.example',
  privacy_policy_url: 'https://legal.insight-sync.example/privacy',
  support_address: 'https://insight-sync.example/help',
};

const NO_IMAGE = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('<svg></svg>') };

/** A ring on a coloured background. */
const ring = (ground: readonly [number, number, number]) =>
  colorPng(96, (x, y) => {
    const distance = Math.hypot(x - 47.5, y - 47.5);
    return distance > 20 && distance < 32 ? [255, 255, 255] : ground;
  });

/** Every view. `prepare` registers the apps that they show and must be called first. */
export class Views {
  readonly #bed: Bed;
  #installed!: ThirdPartyApp;
  #requesting!: ThirdPartyApp;
  #minimal!: ThirdPartyApp;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  async prepare(): Promise<void> {
    this.#installed = await this.#bed.app({ name: 'Roadmapper', ...FIELDS, ...ROADMAPPER });
    this.#requesting = await this.#bed.app({ name: 'Insight Sync', ...FIELDS, ...INSIGHT_SYNC });
    this.#minimal = await this.#bed.app({ name: 'Changelog Mailer', declared_scopes: ['changelog:read'] });
    await this.#bed.api.putLogo(this.#installed.account, ring([24, 92, 170]));
    await this.#bed.api.putLogo(this.#requesting.account, ring([196, 82, 30]));
    await this.#bed.api.verify(this.#installed.account);
    await this.#bed.api.install(this.#minimal.account, this.#minimal.redirectUri, { actor: 'self' });
    const scope = 'posts:read comments:read';
    const token = await this.#bed.api.install(this.#installed.account, this.#installed.redirectUri, { scope });
    await this.#bed.api.v3(token);
    await this.#bed.api.exchangeUnknownCode(this.#requesting.account);
    this.#minimal.request = { actor: 'app' };
    this.#requesting.request = { actor: 'self' };
    this.#installed.request = { actor: 'self', scope: 'posts:read posts:write customers:read' };
  }

  readonly consent: readonly View[] = [
    {
      name: 'consent',
      person: 'Tara Target',
      url: () => this.#requesting.authorizationUrl(),
      expectedText: 'The app will be able to',
    },
    {
      name: 'consent-again',
      person: 'Tara Target',
      url: () => this.#installed.authorizationUrl(),
      expectedText: 'What you grant now replaces the current permissions.',
    },
    {
      name: 'consent-without-profile',
      person: 'Tara Target',
      url: () => this.#minimal.authorizationUrl(),
      expectedText: "The app won't be able to",
    },
    {
      name: 'consent-not-admin',
      person: 'Max Member',
      url: () => this.#requesting.authorizationUrl(),
      expectedText: "You can't connect this app",
    },
    {
      name: 'consent-several-organizations',
      person: 'Sofia Several',
      url: () => this.#requesting.authorizationUrl(),
      expectedText: 'The app will be able to',
    },
    {
      name: 'consent-choose-organization',
      person: 'Paula Plural',
      url: () => this.#requesting.authorizationUrl(),
      expectedText: 'Choose an organization to continue.',
    },
    {
      name: 'consent-search-organization',
      person: 'Mona Many',
      url: () => this.#requesting.authorizationUrl(),
      expectedText: 'Find an organization',
    },
    {
      name: 'consent-no-organization-found',
      person: 'Mona Many',
      url: () => this.#requesting.authorizationUrl(),
      steps: (page) => page.getByLabel('Find an organization').fill('no such place'),
      expectedText: 'No organization matches',
    },
    {
      name: 'invalid-request',
      person: 'Tara Target',
      url: () => this.#urlOf('/consent?client_id=foapp_unknown&redirect_uri=https%3A%2F%2Fevil.example'),
      expectedText: 'This request is invalid',
      expectsError: true,
    },
    {
      name: 'invalid-request-go-back',
      person: 'Tara Target',
      url: async () => `${await this.#requesting.authorizationUrl()}&scope=nonsense`,
      expectedText: /Go back to/,
      expectsError: true,
    },
  ];

  readonly installs: readonly View[] = [
    {
      name: 'installs',
      person: 'Tara Target',
      url: () => this.#urlOf('/installs'),
      expectedText: /^Apps with access/,
    },
    {
      name: 'installs-empty',
      person: 'Sofia Several',
      url: () => this.#urlOf('/installs'),
      expectedText: 'No apps installed',
    },
    {
      name: 'installs-no-match',
      person: 'Tara Target',
      url: () => this.#urlOf('/installs'),
      steps: (page) => page.getByLabel('App, developer or admin').fill('no such app'),
      expectedText: 'No matching apps',
    },
    {
      name: 'installs-disconnect-several',
      person: 'Tara Target',
      url: () => this.#urlOf('/installs'),
      steps: async (page) => {
        await page.getByLabel('Select all shown').check();
        await page.getByRole('button', { name: /^Disconnect \d/ }).click();
      },
      expectedText: /^They lose access immediately/,
    },
    { name: 'not-admin', person: 'Max Member', url: () => this.#urlOf('/installs'), expectedText: /Only admins/ },
    {
      name: 'install',
      person: 'Tara Target',
      url: () => this.#installUrl(this.#installed),
      expectedText: 'Permissions',
    },
    {
      name: 'disconnect-dialog',
      person: 'Tara Target',
      url: () => this.#installUrl(this.#installed),
      steps: (page) => page.getByRole('button', { name: 'Disconnect' }).click(),
      expectedText: /loses access immediately/,
    },
    {
      name: 'disconnected',
      person: 'Tara Target',
      url: () => this.#installUrl(this.#minimal),
      steps: async (page) => {
        await page.getByRole('button', { name: 'Disconnect' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
      },
      expectedText: 'Disconnected everywhere',
    },
    {
      name: 'install-not-found',
      person: 'Tara Target',
      url: () => this.#urlOf('/installs/globex/00000000-0000-7000-8000-000000000000'),
      expectedText: /^There is no install/,
      expectsError: true,
    },
    {
      name: 'not-found',
      person: 'Tara Target',
      url: () => this.#urlOf('/installs/a/b/c'),
      expectedText: 'Page not found',
    },
  ];

  readonly ownInstalls: readonly View[] = [
    {
      name: 'own-installs',
      person: 'Tara Target',
      url: () => this.#urlOf('/me'),
      expectedText: /^in Globex Corporation/,
    },
    {
      name: 'own-installs-empty',
      person: 'Max Member',
      url: () => this.#urlOf('/me'),
      expectedText: 'No app acts as you',
    },
    {
      name: 'own-installs-disconnect',
      person: 'Tara Target',
      url: () => this.#urlOf('/me'),
      steps: (page) => page.getByRole('button', { name: 'Disconnect Changelog Mailer from' }).first().click(),
      expectedText: /^The app can't act as you/,
    },
  ];

  readonly apps: readonly View[] = [
    {
      name: 'apps',
      person: 'Olga Owner',
      url: () => this.#urlOf('/apps'),
      expectedText: /^Apps built by/,
      // A concurrent test removes the logo of an app that is in this list.
      expectsError: true,
    },
    { name: 'apps-empty', person: 'Sofia Several', url: () => this.#urlOf('/apps'), expectedText: 'No apps yet' },
    { name: 'app-new', person: 'Olga Owner', url: () => this.#urlOf('/apps/acme/new'), expectedText: 'Register app' },
    {
      name: 'app-new-refused',
      person: 'Olga Owner',
      url: () => this.#urlOf('/apps/acme/new'),
      steps: (page) => page.getByRole('button', { name: 'Register app' }).click(),
      expectedText: 'Check the highlighted fields',
      expectsError: true,
    },
    {
      name: 'app-created',
      person: 'Olga Owner',
      url: () => this.#urlOf('/apps/acme/new'),
      steps: async (page) => {
        await page.getByLabel('Name').fill('Fresh');
        await page.getByLabel('Redirect URIs').fill('https://fresh.example/callback');
        await page.getByLabel('Read the roadmap').check();
        await page.getByRole('button', { name: 'Register app' }).click();
      },
      expectedText: 'Copy the client secret now',
    },
    { name: 'app', person: 'Olga Owner', url: () => this.#installedAppUrl(), expectedText: 'Client secrets' },
    {
      name: 'app-not-found',
      person: 'Olga Owner',
      url: () => this.#urlOf('/apps/acme/foapp_unknown'),
      expectedText: /^There is no app/,
      expectsError: true,
    },
    {
      name: 'app-rotate-dialog',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl(),
      steps: (page) => page.getByRole('button', { name: 'Rotate secret' }).click(),
      expectedText: 'Rotate client secret',
    },
    {
      name: 'app-secret-rotated',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl(),
      steps: async (page) => {
        await page.getByRole('button', { name: 'Rotate secret' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
      },
      expectedText: 'Your new client secret',
    },
    {
      name: 'app-delete-dialog',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl(),
      steps: (page) => page.getByRole('button', { name: 'Delete app' }).click(),
      expectedText: /It's disconnected from/,
    },
    { name: 'app-edit', person: 'Olga Owner', url: () => this.#installedAppUrl('/edit'), expectedText: 'Save changes' },
    {
      name: 'app-edit-without-logo',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#minimal, '/edit'),
      expectedText: 'Upload logo',
    },
    {
      name: 'app-logo-refused',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#minimal, '/edit'),
      steps: async (page) => {
        await page.locator('input[type=file]').setInputFiles(NO_IMAGE);
      },
      expectedText: 'must be a PNG, JPEG or WebP image',
      expectsError: true,
    },
    {
      name: 'app-narrowing-dialog',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl('/edit'),
      steps: async (page) => {
        await page.getByLabel('Read comments').uncheck();
        await page.getByRole('button', { name: 'Save changes' }).click();
      },
      expectedText: 'This removes access',
    },
    {
      name: 'app-installs',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl('/installs'),
      expectedText: /Installed in/,
    },
    {
      name: 'app-installs-none',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#requesting, '/installs'),
      expectedText: 'Not installed yet',
    },
    {
      name: 'app-webhooks-not-declared',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#minimal, '/webhooks'),
      expectedText: "This app can't receive events",
    },
    {
      name: 'app-webhooks',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl('/webhooks'),
      expectedText: /^One per install/,
    },
    {
      name: 'app-errors',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#requesting, '/errors'),
      expectedText: /the code is unknown$/,
    },
    {
      name: 'app-errors-none',
      person: 'Olga Owner',
      url: () => this.#appUrl(this.#minimal, '/errors'),
      expectedText: 'No errors',
    },
    {
      name: 'app-try',
      person: 'Olga Owner',
      url: () => this.#installedAppUrl('/try'),
      expectedText: 'Authorization link',
    },
  ];

  #urlOf(path: string): string {
    return this.#bed.stack.auth_server.http + path;
  }

  async #installUrl(app: ThirdPartyApp): Promise<string> {
    return this.#urlOf(`/installs/globex/${await this.#bed.api.installId(app.account)}`);
  }

  #installedAppUrl(part = ''): string {
    return this.#appUrl(this.#installed, part);
  }

  #appUrl(app: ThirdPartyApp, part: string): string {
    return this.#urlOf(`/apps/acme/${app.account.clientId}${part}`);
  }
}
