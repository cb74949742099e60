import type { Page } from 'playwright-core';
import { colorPng } from '../../support/images.ts';
import type { Bed } from './bed.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import type { Person, TestUser } from './visitor.ts';

export interface View {
  readonly name: string;
  /** A function for a user that `prepare` creates. */
  readonly person: Person | (() => TestUser);
  /** A path of auth-server, or a URL. */
  readonly url: () => string | Promise<string>;
  /** A text that is visible once the view has loaded. */
  readonly expectedText: string | RegExp;
  /** The steps that open the view after the page has loaded. */
  readonly steps?: (page: Page) => Promise<void>;
  /** Whether the browser may log responses with 400, 404, 409 or 422 on its console. */
  readonly expectsError?: boolean;
}

export type ViewOptions = Pick<View, 'steps' | 'expectsError'>;

/** A view that `person` opens at `url`. */
export const view = (
  name: string,
  person: View['person'],
  url: View['url'],
  expectedText: View['expectedText'],
  options: ViewOptions = {},
): View => ({ name, person, url, expectedText, ...options });

/** The step that clicks the first button with a name. */
export const clickFirst = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();

const FIELDS = {
  declared_scopes: 'posts:read posts:write comments:read changelog:read customers:read webhooks:manage'.split(' '),
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

const NOT_AN_IMAGE = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('<svg></svg>') };

/** A ring on a colored background. */
const ring = (background: readonly [number, number, number]) =>
  colorPng(96, (x, y) => {
    const distance = Math.hypot(x - 47.5, y - 47.5);
    return distance > 20 && distance < 32 ? [255, 255, 255] : background;
  });

/** `requesting` is not installed. `minimal` is installed too, but has no profile, no logo and no webhooks. */
type Apps = Readonly<Record<'installed' | 'requesting' | 'minimal', ThirdPartyApp>>;

/** The views of the demo users. `prepare` registers the apps that they show and must be called first. */
export class Views {
  readonly #bed: Bed;
  #apps!: Apps;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  async prepare(): Promise<void> {
    const { app, api } = this.#bed;
    const installed = await app({ name: 'Roadmapper', ...FIELDS, ...ROADMAPPER });
    const requesting = await app({ name: 'Insight Sync', ...FIELDS, ...INSIGHT_SYNC });
    const minimal = await app({ name: 'Changelog Mailer', declared_scopes: ['changelog:read'] });
    this.#apps = { installed, requesting, minimal };
    await api.putLogo(installed.account, ring([24, 92, 170]));
    await api.putLogo(requesting.account, ring([196, 82, 30]));
    await api.verify(installed.account);
    await api.install(minimal.account, minimal.redirectUri, { actor: 'self' });
    const scope = 'posts:read comments:read';
    await api.v3(await api.install(installed.account, installed.redirectUri, { scope }));
    await api.exchangeUnknownCode(requesting.account);
    requesting.request = { actor: 'self' };
    installed.request = { actor: 'self', scope: 'posts:read posts:write customers:read' };
  }

  readonly consent: readonly View[] = [
    view('consent', 'Tara Target', this.#consent('requesting'), 'The app will be able to'),
    view('consent-again', 'Tara Target', this.#consent('installed'), /^What you grant now replaces the current/),
    view('consent-without-profile', 'Tara Target', this.#consent('minimal'), "The app won't be able to"),
    view('consent-not-admin', 'Max Member', this.#consent('requesting'), "You can't connect this app"),
    view('consent-several-organizations', 'Sofia Several', this.#consent('requesting'), 'The app will be able to'),
    view('consent-choose-organization', 'Paula Plural', this.#consent('requesting'), /^Choose an organization/),
    view('consent-search-organization', 'Mona Many', this.#consent('requesting'), 'Find an organization'),
    view('consent-no-organization-found', 'Mona Many', this.#consent('requesting'), 'No organization matches', {
      steps: (page) => page.getByLabel('Find an organization').fill('no such place'),
    }),
    view(
      'invalid-request',
      'Tara Target',
      this.#at('/consent?client_id=foapp_unknown&redirect_uri=https%3A%2F%2Fevil.example'),
      'This request is invalid',
      { expectsError: true },
    ),
    view('invalid-request-go-back', 'Tara Target', this.#consent('requesting', '&scope=nonsense'), /Go back to/, {
      expectsError: true,
    }),
  ];

  readonly installs: readonly View[] = [
    view('installs', 'Tara Target', this.#at('/installs'), /^Apps with access/),
    view('installs-empty', 'Sofia Several', this.#at('/installs'), 'No apps installed'),
    view('installs-no-match', 'Tara Target', this.#at('/installs'), 'No matching apps', {
      steps: (page) => page.getByLabel('App, developer or admin').fill('no such app'),
    }),
    view('installs-disconnect-several', 'Tara Target', this.#at('/installs'), /^They lose access immediately/, {
      steps: async (page) => {
        await page.getByLabel('Select all shown').check();
        await page.getByRole('button', { name: /^Disconnect \d/ }).click();
      },
    }),
    view('not-admin', 'Max Member', this.#at('/installs'), /Only admins/),
    view('install', 'Tara Target', this.#install('installed'), 'Permissions'),
    view('disconnect-dialog', 'Tara Target', this.#install('installed'), /loses access immediately/, {
      steps: (page) => page.getByRole('button', { name: 'Disconnect' }).click(),
    }),
    view('disconnected', 'Tara Target', this.#install('minimal'), 'Disconnected everywhere', {
      steps: async (page) => {
        await page.getByRole('button', { name: 'Disconnect' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
      },
    }),
    view(
      'install-not-found',
      'Tara Target',
      this.#at('/installs/globex/00000000-0000-7000-8000-000000000000'),
      /^There is no install/,
      { expectsError: true },
    ),
    view('not-found', 'Tara Target', this.#at('/installs/a/b/c'), 'Page not found'),
  ];

  readonly ownInstalls: readonly View[] = [
    view('own-installs', 'Tara Target', this.#at('/me'), /^in Globex Corporation/),
    view('own-installs-empty', 'Max Member', this.#at('/me'), 'No app acts as you'),
    view('own-installs-disconnect', 'Tara Target', this.#at('/me'), /^The app only acts as you/, {
      steps: (page) => page.getByRole('button', { name: 'Disconnect Changelog Mailer from' }).first().click(),
    }),
  ];

  readonly apps: readonly View[] = [
    view('apps', 'Olga Owner', this.#at('/apps'), /^Apps built by/, {
      // A concurrent test removes the logo of an app that is in this list.
      expectsError: true,
    }),
    view('apps-empty', 'Sofia Several', this.#at('/apps'), 'No apps yet'),
    view('app-new', 'Olga Owner', this.#at('/apps/acme/new'), 'Register app'),
    view('app-new-refused', 'Olga Owner', this.#at('/apps/acme/new'), 'Check the highlighted fields', {
      steps: (page) => page.getByRole('button', { name: 'Register app' }).click(),
      expectsError: true,
    }),
    view('app-created', 'Olga Owner', this.#at('/apps/acme/new'), 'Copy the client secret now', {
      steps: async (page) => {
        await page.getByLabel('Name').fill('Fresh');
        await page.getByLabel('Redirect URIs').fill('https://fresh.example/callback');
        await page.getByLabel('Read the roadmap').check();
        await page.getByRole('button', { name: 'Register app' }).click();
      },
    }),
    view('app', 'Olga Owner', this.#app('installed'), 'Client secrets'),
    view('app-not-found', 'Olga Owner', this.#at('/apps/acme/foapp_unknown'), /^There is no app/, {
      expectsError: true,
    }),
    view('app-rotate-dialog', 'Olga Owner', this.#app('installed'), 'Rotate client secret', {
      steps: (page) => page.getByRole('button', { name: 'Rotate secret' }).click(),
    }),
    view('app-secret-rotated', 'Olga Owner', this.#app('installed'), 'Your new client secret', {
      steps: async (page) => {
        await page.getByRole('button', { name: 'Rotate secret' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
      },
    }),
    view('app-delete-dialog', 'Olga Owner', this.#app('installed'), /It's disconnected from/, {
      steps: (page) => page.getByRole('button', { name: 'Delete app' }).click(),
    }),
    view('app-edit', 'Olga Owner', this.#app('installed', '/edit'), 'Save changes'),
    view('app-edit-without-logo', 'Olga Owner', this.#app('minimal', '/edit'), 'Upload logo'),
    view('app-logo-refused', 'Olga Owner', this.#app('minimal', '/edit'), 'must be a PNG, JPEG or WebP image', {
      steps: async (page) => {
        await page.locator('input[type=file]').setInputFiles(NOT_AN_IMAGE);
      },
      expectsError: true,
    }),
    view('app-narrowing-dialog', 'Olga Owner', this.#app('installed', '/edit'), 'This removes access', {
      steps: async (page) => {
        await page.getByLabel('Read comments').uncheck();
        await page.getByRole('button', { name: 'Save changes' }).click();
      },
    }),
    view('app-installs', 'Olga Owner', this.#app('installed', '/installs'), /Installed in/),
    view('app-installs-none', 'Olga Owner', this.#app('requesting', '/installs'), 'Not installed anywhere'),
    view('app-webhooks-not-declared', 'Olga Owner', this.#app('minimal', '/webhooks'), "This app can't receive events"),
    view('app-webhooks', 'Olga Owner', this.#app('installed', '/webhooks'), /^One per install/),
    view('app-errors', 'Olga Owner', this.#app('requesting', '/errors'), /the code is unknown$/),
    view('app-errors-none', 'Olga Owner', this.#app('minimal', '/errors'), 'No errors'),
    view('app-try', 'Olga Owner', this.#app('installed', '/try'), 'Authorization link'),
  ];

  #at(path: string) {
    return () => path;
  }

  #consent(app: keyof Apps, parameters = '') {
    return async () => (await this.#apps[app].authorizationUrl()) + parameters;
  }

  #install(app: keyof Apps) {
    return async () => `/installs/globex/${await this.#bed.api.installId(this.#apps[app].account)}`;
  }

  #app(app: keyof Apps, page = '') {
    return () => `/apps/acme/${this.#apps[app].account.clientId}${page}`;
  }
}
