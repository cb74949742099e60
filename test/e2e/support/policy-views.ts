import type { Page } from 'playwright-core';
import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import { view } from './views.ts';

const OPEN = {
  membersMayRequest: true,
  onlyVerifiedApps: false,
  allowedApps: [],
  blockedApps: [],
  permittedScopes: [],
};

/** The page of the install policy, and consent pages of organizations whose policy refuses or limits the app. */
export function policyViews(bed: Bed): ViewFixture {
  let open: TestOrganization;
  let strict: TestOrganization;
  let limited: TestOrganization;
  let trusted: ThirdPartyApp;
  let other: ThirdPartyApp;
  const policyUrl = ({ subdomain }: TestOrganization) => `${bed.stack.auth_server.http}/installs/${subdomain}/policy`;
  const save = (page: Page) => page.getByRole('button', { name: 'Save changes' }).click();
  return {
    async prepare() {
      open = await newOrganization(bed.stack, 'Pied Piper');
      strict = await newOrganization(bed.stack, 'Massive Dynamic');
      limited = await newOrganization(bed.stack, 'Vandelay Industries');
      trusted = await bed.app({ name: 'Roadmapper' });
      other = await bed.app({
        name: 'Insight Sync',
        declared_scopes: ['posts:read', 'comments:read', 'customers:read', 'member:read'],
      });
      await bed.api.putPolicy(strict, {
        ...OPEN,
        onlyVerifiedApps: true,
        allowedApps: [trusted.account.clientId],
        permittedScopes: ['posts:read', 'posts:write', 'votes:read', 'changelog:read'],
      });
      await bed.api.putPolicy(limited, { ...OPEN, permittedScopes: ['posts:read', 'comments:read'] });
    },
    views: [
      view(
        'policy',
        () => open.admin,
        () => policyUrl(open),
        'Only verified apps',
      ),
      view(
        'policy-strict',
        () => strict.admin,
        () => policyUrl(strict),
        'Roadmapper',
      ),
      {
        ...view(
          'policy-invalid',
          () => open.admin,
          () => policyUrl(open),
          /is not the client ID of an app/,
        ),
        steps: async (page) => {
          await page
            .getByRole('group', { name: 'Blocked apps' })
            .getByLabel('Add an app by its client ID')
            .fill('foapp_unknown');
          await save(page);
        },
        expectsError: true,
      },
      {
        ...view(
          'policy-saved',
          () => open.admin,
          () => policyUrl(open),
          /^The policy applies/,
        ),
        steps: async (page) => {
          await page.getByLabel('Only verified apps').check();
          await save(page);
        },
      },
      view(
        'consent-refused',
        () => strict.admin,
        () => other.authorizationUrl(),
        /only allows apps on its list/,
      ),
      view(
        'consent-refused-member',
        () => strict.member,
        () => other.authorizationUrl(),
        /To connect it, ask/,
      ),
      view(
        'consent-limited',
        () => limited.admin,
        () => other.authorizationUrl(),
        /^Its install policy/,
      ),
    ],
  };
}
