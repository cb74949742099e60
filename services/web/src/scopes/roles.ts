import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { text } from '../text.ts';

const NAMES: Readonly<Record<Role, string>> = {
  [Role.UNSPECIFIED]: text.roles.unknown,
  [Role.ADMIN]: text.roles.admin,
  [Role.MANAGER]: text.roles.manager,
  [Role.CSM]: text.roles.csm,
  [Role.MEMBER]: text.roles.member,
  [Role.COLLABORATOR]: text.roles.collaborator,
};

export const describeRole = (role: Role): string => NAMES[role] ?? text.roles.unknown;
