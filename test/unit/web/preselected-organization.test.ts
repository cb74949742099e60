import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ConsentOrganizationSchema } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationStatus, Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import {
  mayInstallSomewhere,
  ORGANIZATIONS_PER_PAGE,
} from '../../../services/web/src/consent/use-authorization-request.ts';
import { preselectedOf } from '../../../services/web/src/consent/use-choices.ts';

const entry = (role: Role, more: MessageInitShape<typeof ConsentOrganizationSchema> = {}) =>
  create(ConsentOrganizationSchema, { role, status: OrganizationStatus.ACTIVE, ...more });
const installable = entry(Role.ADMIN, { mayInstall: true });
const notInstallable = entry(Role.ADMIN);
const sandbox = entry(Role.ADMIN, { mayInstall: true, isSandbox: true });
/** Fills the first page after its first organization. */
const others = (organization: typeof notInstallable) => Array(ORGANIZATIONS_PER_PAGE - 1).fill(organization);

test.each([
  ['the only one', [installable, notInstallable], installable],
  ['none of two', [installable, installable], undefined],
  ['none if a later page may have another one', [installable, ...others(notInstallable)], undefined],
  ['the only one if no later page can have another one', [installable, ...others(entry(Role.MEMBER))], installable],
  [
    'the only one if the last organizations of a full page are suspended',
    [installable, ...others(entry(Role.ADMIN, { status: OrganizationStatus.SUSPENDED }))],
    installable,
  ],
])('of the organizations with mayInstall, preselects %s', (_, organizations, expected) => {
  expect(preselectedOf(organizations, false)).toBe(expected);
});

test('preselects a preferred sandbox, whatever later pages have', () => {
  expect(preselectedOf([sandbox, ...others(installable)], true)).toBe(sandbox);
  expect(preselectedOf([sandbox, ...others(installable)], false)).toBeUndefined();
});

const suspended = entry(Role.ADMIN, { status: OrganizationStatus.SUSPENDED });
test.each([
  ['one organization permits the app', [installable, notInstallable], true],
  ['no organization permits it', [notInstallable, entry(Role.MEMBER)], false],
  ['a later page may have another active organization of the admin', [notInstallable, ...others(notInstallable)], true],
  ['later pages have no other organization of the admin', [notInstallable, ...others(entry(Role.MEMBER))], false],
  ['later pages have only suspended organizations of the admin', [notInstallable, ...others(suspended)], false],
])('%s: approval is offered if a listed or later organization may permit it', (_, organizations, expected) => {
  expect(mayInstallSomewhere(organizations)).toBe(expected);
});
