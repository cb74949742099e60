import type { OrganizationAdmin } from './api.ts';
import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import { type View, view } from './views.ts';

/** Pages of an organization whose app is installed in its sandbox, and of an organization without a sandbox. */
export function sandboxViews(bed: Bed): ViewFixture {
  let owner: TestOrganization;
  let other: TestOrganization;
  let app: ThirdPartyApp;
  let sandboxAdmin: OrganizationAdmin;
  const ownerView = (name: string, url: View['url'], expectedText: View['expectedText']) =>
    view(name, () => owner.admin, url, expectedText);
  const appUrl = (page: string) => `/apps/${owner.subdomain}/${app.account.clientId}/${page}`;
  const installUrl = async () =>
    `/installs/${sandboxAdmin.organization}/${await bed.api.installId(app.account, sandboxAdmin)}`;
  return {
    async prepare() {
      owner = await newOrganization(bed.stack, 'Stark Industries');
      other = await newOrganization(bed.stack, 'Wayne Enterprises');
      const sandbox = await bed.api.createSandbox(owner);
      const userId = owner.admin.id;
      sandboxAdmin = { userId, organization: sandbox.subdomain };
      app = await bed.app({ name: 'Heat map' }, { userId, organization: owner.subdomain });
      app.request = { actor: 'app', sandbox: 'true' };
      const target = { target_organization_id: Number(sandbox.id), actor: 'self' };
      await bed.api.install(app.account, app.redirectUri, target, sandboxAdmin);
    },
    views: [
      {
        ...ownerView('apps-without-sandbox', () => `/apps/${other.subdomain}`, 'Create sandbox'),
        person: () => other.admin,
      },
      ownerView('apps-sandbox', () => `/apps/${owner.subdomain}`, /^View apps in/),
      ownerView('app-try-sandbox', () => appUrl('try'), /^View apps in/),
      ownerView('app-installs-sandbox', () => appUrl('installs'), /Installed in/),
      ownerView('consent-sandbox', () => app.authorizationUrl(), /^Keeps test data separate/),
      {
        ...ownerView('consent-sandbox-not-admin', () => app.authorizationUrl(), "You can't connect this app"),
        person: () => owner.member,
      },
      ownerView('installs-sandbox', () => `/installs/${sandboxAdmin.organization}`, /^Apps with access/),
      ownerView('install-sandbox', installUrl, 'Permissions'),
      ownerView('own-installs-sandbox', () => '/me', /^in Stark Industries sandbox/),
    ],
  };
}
