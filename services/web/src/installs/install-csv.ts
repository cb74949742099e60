import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { actorName } from '../scopes/actor-modes.ts';
import { text } from '../text.ts';

const words = text.installs;

export const CSV_HEADER: readonly string[] = [
  words.singular,
  words.clientId,
  words.owner,
  words.actor,
  words.scopes,
  words.status,
  words.installedBy,
  words.installedAt,
  words.used,
  words.formerMember,
];

/** In the order of CSV_HEADER. Times are RFC 3339 in UTC, empty for never. */
export const toCsvRow = (install: Install): readonly string[] => [
  install.appName,
  install.clientId,
  install.appOwnerOrganization?.name ?? '',
  actorName(install.actor) === 'self' ? install.installedByName : text.actors.app,
  install.grantedScopes.join(' '),
  install.status === InstallStatus.ACTIVE ? words.active : words.disconnecting,
  install.installedByName,
  toTime(install.installedAt),
  toTime(install.lastUsedAt),
  install.actsAsFormerMember ? 'yes' : 'no',
];

const toTime = (at: Timestamp | undefined): string => (at === undefined ? '' : timestampDate(at).toISOString());
