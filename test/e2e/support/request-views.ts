import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import { clickFirst, type View, type ViewOptions, view } from './views.ts';

const NOTE = 'The sales team wants to see in the CRM what customers ask for, before the renewals in March.';

/** The requests of members, as members and admins see them. */
export function requestViews(bed: Bed): ViewFixture {
  const organizations = {} as Record<'empty' | 'busy', TestOrganization>;
  let crm: ThirdPartyApp;
  type Name = keyof typeof organizations;
  const requests = (name: string, of: Name, expectedText: string, options?: ViewOptions) => {
    const url = () => `/installs/${organizations[of].subdomain}/requests`;
    return view(name, () => organizations[of].admin, url, expectedText, options);
  };
  const consent = (
    name: string,
    of: Name,
    role: 'admin' | 'member',
    expectedText: View['expectedText'],
    options?: ViewOptions,
  ) => {
    const url = () => crm.authorizationUrl();
    return view(name, () => organizations[of][role], url, expectedText, options);
  };
  return {
    async prepare() {
      organizations.empty = await newOrganization(bed.stack, 'Pied Piper');
      organizations.busy = await newOrganization(bed.stack, 'Massive Dynamic');
      crm = await bed.app({
        name: 'Insight Sync',
        homepage_url: 'https://insight-sync.example',
        declared_scopes: ['posts:read', 'comments:read', 'customers:read'],
      });
      const mailer = await bed.app({ name: 'Changelog Mailer', declared_scopes: ['changelog:read'] });
      await bed.api.requestInstall(crm.account, crm.redirectUri, organizations.busy, NOTE);
      await bed.api.requestInstall(mailer.account, mailer.redirectUri, organizations.busy, '');
    },
    views: [
      requests('requests-empty', 'empty', 'No open requests'),
      requests('requests', 'busy', NOTE),
      requests('request-dismiss-dialog', 'busy', 'Dismiss this request?', { steps: clickFirst('Dismiss') }),
      consent('consent-requested', 'busy', 'admin', /^Members of/),
      consent('consent-may-request', 'empty', 'member', 'Request installation'),
      consent('consent-request-form', 'empty', 'member', 'Note for the admins', {
        steps: clickFirst('Request installation'),
      }),
      consent('consent-request-open', 'busy', 'member', /^You requested this app/),
    ],
  };
}
