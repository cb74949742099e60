import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import type { View } from './views.ts';
import type { TestUser } from './visitor.ts';

const NOTE = 'The sales team wants to see in the CRM what customers ask for, before the renewals in March.';

/** The requests of members, as members and admins see them. */
export function requestViews(bed: Bed): ViewFixture {
  let empty: TestOrganization;
  let busy: TestOrganization;
  let crm: ThirdPartyApp;
  let mailer: ThirdPartyApp;
  const view = (
    name: string,
    person: () => TestUser,
    url: View['url'],
    expectedText: string | RegExp,
    steps?: (page: Page) => Promise<void>,
  ): View => ({ name, person, url, expectedText, ...(steps && { steps }) });
  const requestsUrl = ({ subdomain }: TestOrganization) =>
    `${bed.stack.auth_server.http}/installs/${subdomain}/requests`;
  const click = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();
  return {
    async prepare() {
      empty = await newOrganization(bed.stack, 'Pied Piper');
      busy = await newOrganization(bed.stack, 'Massive Dynamic');
      crm = await bed.app({
        name: 'Insight Sync',
        homepage_url: 'https://insight-sync.example',
        declared_scopes: ['posts:read', 'comments:read', 'customers:read'],
      });
      mailer = await bed.app({ name: 'Changelog Mailer', declared_scopes: ['changelog:read'] });
      await bed.api.requestInstall(crm.account, crm.redirectUri, busy, NOTE);
      await bed.api.requestInstall(mailer.account, mailer.redirectUri, busy, '');
    },
    views: [
      view(
        'requests-empty',
        () => empty.admin,
        () => requestsUrl(empty),
        'No open requests',
      ),
      view(
        'requests',
        () => busy.admin,
        () => requestsUrl(busy),
        NOTE,
      ),
      view(
        'request-dismiss-dialog',
        () => busy.admin,
        () => requestsUrl(busy),
        'Dismiss this request?',
        click('Dismiss'),
      ),
      view(
        'consent-requested',
        () => busy.admin,
        () => crm.authorizationUrl(),
        /^Members of/,
      ),
      view(
        'consent-may-request',
        () => empty.member,
        () => crm.authorizationUrl(),
        'Request installation',
      ),
      view(
        'consent-request-form',
        () => empty.member,
        () => crm.authorizationUrl(),
        'Note for the admins',
        click('Request installation'),
      ),
      view(
        'consent-request-open',
        () => busy.member,
        () => crm.authorizationUrl(),
        /^You requested this app/,
      ),
    ],
  };
}
