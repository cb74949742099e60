import { afterAll, beforeAll, inject } from 'vitest';
import type { StackInfo } from '../../../scripts/stack/stack-file.ts';
import { ACME, Api, type OrganizationAdmin } from './api.ts';
import { type BrowserBed, browserBed } from './browser.ts';
import { ThirdPartyApp } from './third-party-app.ts';
import type { Person, TestUser, Visitor } from './visitor.ts';

export interface Bed {
  readonly browser: BrowserBed;
  readonly stack: StackInfo;
  readonly api: Api;
  /** Starts and registers a third-party app, of Acme unless another owner is given. */
  app(fields?: Record<string, unknown>, owner?: OrganizationAdmin): Promise<ThirdPartyApp>;
  /** A new visitor who has signed in and opened a page: a path of auth-server, or a URL. */
  visit(page: string, user: Person | TestUser): Promise<Visitor>;
  /** The same for the consent page of an app. The default user is Tara Target. */
  openConsentPage(app: ThirdPartyApp, user?: Person | TestUser): Promise<Visitor>;
}

/** Call it once at the top of a test file. The properties can be used within tests and hooks. */
export function e2eBed(): Bed {
  const browser = browserBed();
  const started: ThirdPartyApp[] = [];
  const bed = { browser } as { -readonly [Part in keyof Bed]: Bed[Part] };
  beforeAll(() => {
    bed.stack = inject('stack');
    bed.api = new Api(bed.stack);
    bed.app = async (fields = {}, owner = ACME) => {
      const app = await ThirdPartyApp.start();
      started.push(app);
      const account = await bed.api.register({ redirect_uris: [app.redirectUri], ...fields }, owner);
      await app.configure(bed.stack.auth_server.http, account);
      return app;
    };
    bed.visit = async (page, user) => {
      const visitor = await browser.visitor();
      await visitor.visit(page, user);
      return visitor;
    };
    bed.openConsentPage = async (app, user = 'Tara Target') => bed.visit(await app.authorizationUrl(), user);
  });
  afterAll(() => Promise.all(started.map((app) => app.stop())));
  return bed;
}
