import type { OrganizationAdmin } from './api.ts';
import type { Bed } from './bed.ts';
import { newOrganization, type TestOrganization } from './test-organization.ts';
import type { ViewFixture } from './test-views.ts';
import type { ThirdPartyApp } from './third-party-app.ts';
import type { View } from './views.ts';

/** An organization with a sandbox in which its app is installed, and one without a sandbox. */
export function sandboxViews(bed: Bed): ViewFixture {
  let owner: TestOrganization;
  let other: TestOrganization;
  let app: ThirdPartyApp;
  let sandboxAdmin: OrganizationAdmin;
  const urlOf = (path: string) => bed.stack.auth_server.http + path;
  const view = (name: string, url: View['url'], expectedText: string | RegExp): View => ({
    ...{ name, person: () => owner.admin, url, expectedText },
  });
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
        ...view('apps-without-sandbox', () => urlOf(`/apps/${other.subdomain}`), 'Create sandbox'),
        person: () => other.admin,
      },
      view('apps-sandbox', () => urlOf(`/apps/${owner.subdomain}`), /^View apps in/),
      view('app-try-sandbox', () => urlOf(`/apps/${owner.subdomain}/${app.account.clientId}/try`), /^View apps in/),
      view(
        'app-installs-sandbox',
        () => urlOf(`/apps/${owner.subdomain}/${app.account.clientId}/installs`),
        /Installed in/,
      ),
      view('consent-sandbox', () => app.authorizationUrl(), /^Keeps test data separate/),
      {
        ...view('consent-sandbox-not-admin', () => app.authorizationUrl(), "You can't connect this app"),
        person: () => owner.member,
      },
      view('installs-sandbox', () => urlOf(`/installs/${sandboxAdmin.organization}`), /^Apps with access/),
      view(
        'install-sandbox',
        async () =>
          urlOf(`/installs/${sandboxAdmin.organization}/${await bed.api.installId(app.account, sandboxAdmin)}`),
        'Permissions',
      ),
      view('own-installs-sandbox', () => urlOf('/me'), /^in Stark Industries sandbox/),
    ],
  };
}
