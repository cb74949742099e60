import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import { type View, type ViewOptions, view } from './views.ts';

/** Empty lists limit nothing. */
const OPEN = {
  membersMayRequest: true,
  onlyVerifiedApps: false,
  allowedApps: [],
  blockedApps: [],
  permittedScopes: [],
};

/** The page of the install policy, and consent pages of organizations whose policy refuses or limits the app. */
export function policyViews(bed: Bed): ViewFixture {
  const organizations = {} as Record<'open' | 'strict' | 'limited', TestOrganization>;
  let app: ThirdPartyApp;
  type Name = keyof typeof organizations;
  const policy = (name: string, of: Name, expectedText: View['expectedText'], options?: ViewOptions) => {
    const url = () => `/installs/${organizations[of].subdomain}/policy`;
    return view(name, () => organizations[of].admin, url, expectedText, options);
  };
  const consent = (name: string, of: Name, role: 'admin' | 'member', expectedText: RegExp) =>
    view(
      name,
      () => organizations[of][role],
      () => app.authorizationUrl(),
      expectedText,
    );
  const save = (page: Page) => page.getByRole('button', { name: 'Save changes' }).click();
  return {
    async prepare() {
      organizations.open = await newOrganization(bed.stack, 'Pied Piper');
      organizations.strict = await newOrganization(bed.stack, 'Massive Dynamic');
      organizations.limited = await newOrganization(bed.stack, 'Vandelay Industries');
      const trusted = await bed.app({ name: 'Roadmapper' });
      const declared_scopes = ['posts:read', 'comments:read', 'customers:read', 'member:read'];
      app = await bed.app({ name: 'Insight Sync', declared_scopes });
      await bed.api.putPolicy(organizations.strict, {
        ...OPEN,
        onlyVerifiedApps: true,
        allowedApps: [trusted.account.clientId],
        permittedScopes: ['posts:read', 'posts:write', 'votes:read', 'changelog:read'],
      });
      await bed.api.putPolicy(organizations.limited, { ...OPEN, permittedScopes: ['posts:read', 'comments:read'] });
    },
    views: [
      policy('policy', 'open', 'Only verified apps'),
      policy('policy-strict', 'strict', 'Roadmapper'),
      policy('policy-invalid', 'open', /is not the client ID of an app/, {
        steps: async (page) => {
          const blocked = page.getByRole('group', { name: 'Blocked apps' });
          await blocked.getByLabel('Add an app by its client ID').fill('foapp_unknown');
          await save(page);
        },
        expectsError: true,
      }),
      policy('policy-saved', 'open', /^The policy applies/, {
        steps: async (page) => {
          await page.getByLabel('Only verified apps').check();
          await save(page);
        },
      }),
      consent('consent-refused', 'strict', 'admin', /only allows apps on its list/),
      consent('consent-refused-member', 'strict', 'member', /To connect it, ask/),
      consent('consent-limited', 'limited', 'admin', /^Its install policy/),
    ],
  };
}
