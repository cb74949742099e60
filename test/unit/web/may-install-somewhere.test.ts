import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ConsentOrganizationSchema } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { OrganizationStatus, Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import {
  mayInstallSomewhere,
  ORGANIZATIONS_PER_PAGE,
} from '../../../services/web/src/consent/use-authorization-request.ts';

const entry = (role: Role, more: MessageInitShape<typeof ConsentOrganizationSchema> = {}) =>
  create(ConsentOrganizationSchema, { role, status: OrganizationStatus.ACTIVE, ...more });
const installable = entry(Role.ADMIN, { mayInstall: true });
const refused = entry(Role.ADMIN);
const suspended = entry(Role.ADMIN, { status: OrganizationStatus.SUSPENDED });
const member = entry(Role.MEMBER);
const pageOf = (first: typeof member, rest: typeof member) => [first, ...Array(ORGANIZATIONS_PER_PAGE - 1).fill(rest)];

test.each([
  ['one organization permits the app', [installable, member], true],
  ['no organization permits it', [refused, member], false],
  ['a later page may have another active organization of the admin', pageOf(refused, refused), true],
  ['later pages have no other organization of the admin', pageOf(refused, member), false],
  ['later pages have only suspended organizations of the admin', pageOf(refused, suspended), false],
])('%s: approval is offered if a listed or later organization may permit it', (_, organizations, expected) => {
  expect(mayInstallSomewhere(organizations)).toBe(expected);
});
