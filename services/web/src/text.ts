/*
 * The English texts of the pages. Those of the developer area, the install policy and install requests are in text-*.ts, the
 * descriptions of scopes in services/common/scopes/catalog.ts, and the guide in docs/guide. <Interpolate> replaces
 * `{placeholder}` with a node. Texts with a variable number are functions, because plurals differ between languages; so are
 * texts with a variable part for attributes and document titles, which cannot contain nodes.
 */

/** A number with its noun in the singular or plural. */
export const count = (amount: number, one: string, many: string): string => `${amount} ${amount === 1 ? one : many}`;

const pages = {
  consent: 'Connect an app',
  console: 'Apps',
  noScript: 'These pages need JavaScript.',
};

const shell = {
  skip: 'Skip to content',
  navigation: 'Main',
  installs: 'Installed apps',
  apps: 'Developer',
  ownInstalls: 'Apps that act as you',
  docs: 'Docs',
  organization: 'Organization',
  choose: 'Choose an organization',
  switchAccount: 'Switch account',
  unknownUser: 'Signed in',
  notFound: 'Page not found',
  notFoundBody: 'The link may be outdated or incomplete.',
  noOrganization: "You don't belong to an organization yet",
  noOrganizationBody: "When you're added to one as an admin, its apps appear here.",
  notAdmin: 'Only admins of {organization} can see this',
  notAdminBody: "You're a {role} in this organization. Ask an admin, or choose another organization above.",
};

const roles = {
  admin: 'admin',
  manager: 'manager',
  csm: 'customer success manager',
  member: 'member',
  collaborator: 'collaborator',
  unknown: 'guest',
};

const states = {
  loading: 'Loading…',
  notLoaded: "This page couldn't be loaded",
  reload: 'Reload',
  more: 'Show more',
  suspended: 'Suspended',
};

const errors = {
  outage: "This page can't be loaded right now",
  retry: 'Try again',
  signedOut: 'Your session has ended',
  signIn: 'Sign in',
  change: 'Something went wrong',
  fields: 'Check the highlighted fields',
  unreachable: "FeatureOS can't be reached. Check your connection, or try again in a few minutes.",
};

const times = { now: 'just now', never: 'never' };

const copy = { action: 'Copy', copied: 'Copied', failed: 'Copy failed' };

const actions = { cancel: 'Cancel', save: 'Save changes' };

const sandbox = {
  tag: 'Sandbox',
  hint: "Keeps test data separate from your organization's.",
};

/** A change is saved, but not yet confirmed by every server. */
const propagation = {
  pending: 'Saved, but not in effect everywhere yet',
  pendingBody:
    "Your change is saved, but one of our servers hasn't confirmed it yet and may use the previous state for a short time. We keep retrying until it confirms.",
  attempts: (amount: number) => `${count(amount, 'attempt', 'attempts')} so far.`,
};

/** In the order in which they are shown: personal data first. */
const scopeGroups = {
  people: 'People',
  feedback: 'Feedback',
  publishing: 'Publishing',
  events: 'Events',
  other: 'Other',
};

/** The `things` in the phrases of `ungranted`, by the resource in a scope's name. */
const resources: Record<string, string> = {
  posts: 'posts',
  comments: 'comments',
  votes: 'votes',
  changelog: 'the changelog',
  roadmap: 'the roadmap',
  articles: 'help articles',
  tags: 'tags',
  collections: 'collections',
  customers: 'customers',
  member: 'members of your organization',
};

const ungranted = {
  see: (things: string) => `See ${things}`,
  change: (things: string) => `Change ${things}`,
  seeOrChange: (things: string) => `See or change ${things}`,
};

const scopeTags = {
  sensitive: 'Personal data',
  new: 'New',
  granted: 'Already granted',
};

const events: Record<string, string> = {
  post_created: 'A post is created',
  post_updated: 'A post is updated',
  post_completed: 'A post is completed',
  changelog_created: 'A changelog entry is created',
  changelog_updated: 'A changelog entry is updated',
  changelog_published: 'A changelog entry is published',
};

const lifecycleEvents: Record<string, string> = {
  app_installed: 'An organization installs the app',
  app_uninstalled: 'The app is disconnected from an organization',
  token_revoked: 'An access token is revoked',
};

const actors = {
  app: 'A bot',
  self: 'The person who connects it',
};

const consent = {
  title: '{app} wants to connect to {organization}',
  titleOpen: '{app} wants to connect to your organization',
  documentTitle: (app: string) => `Connect ${app}`,
  owner: 'Built by {owner}',
  organization: 'Organization',
  organizationHint: 'The app only gets access to the organization you choose.',
  search: 'Find an organization',
  found: (shown: number, hasMore: boolean) =>
    `${count(shown, 'organization', 'organizations')} shown${hasMore ? ', more available' : ''}`,
  noneFound: 'No organization matches “{search}”.',
  organizationMissing: 'Choose an organization to continue.',
  notAdmin: "You're a {role} here. Only admins can connect apps. Ask {admins}.",
  notAdminNoAdmins: "You're a {role} here. Only admins can connect apps, and this organization has no admin.",
  suspendedOrganization: 'This organization is suspended.',
  /** Why the install policy of the organization refuses the app. */
  refusals: {
    blocked: '{organization} has blocked this app.',
    notAllowed: "{organization} only allows apps on its list, and this app isn't on it.",
    notVerified: "{organization} only allows verified apps, and FeatureOS hasn't verified this one.",
    scopes: "{organization} doesn't allow any of the permissions that this app requests.",
  },
  askForPolicy: 'To connect it, ask {admins} to change the install policy.',
  changePolicy: 'Change the install policy of {organization}',
  installedAlready: 'Installed',
  actor: 'Acts as',
  actorAppBody:
    "Its activity appears under the name {app}. It isn't limited by your role and keeps working if you leave the organization.",
  actorSelf: 'You, {user}',
  actorSelfBody:
    'Its activity appears under your name. It can never do more than you can, and it stops working if you leave the organization.',
  permissions: 'The app will be able to',
  permissionsHint: "Clear any permission you don't want to grant. The app may not work fully without it.",
  chosen: (chosen: number, all: number) => `${chosen} of ${count(all, 'permission', 'permissions')}`,
  events: 'The app will be notified when',
  ungranted: "The app won't be able to",
  never: ['Access your other organizations', 'See your password'],
  withheld: 'Not allowed by {organization}',
  withheldHint: "Its install policy doesn't let apps have these permissions.",
  noneChosen: 'Select at least one permission, or decline.',
  difference: '{app} is already connected to {organization}',
  differenceSame:
    "You're granting the same permissions as before. The app gets a new token that replaces its current one.",
  differenceChanged: 'What you grant now replaces the current permissions.',
  gains: 'Added',
  losses: 'Removed',
  actorChange: 'Acts as',
  actorChangeTo: { app: 'a bot instead of a person', self: 'you instead of a bot' },
  userChange: 'you instead of another person',
  redirectHint: "You'll be redirected to {host}.",
  approve: 'Connect',
  decline: 'Decline',
  redirecting: 'Redirecting you to {host}…',
  redirectingLink: 'Continue to {host}',
  cannotConnect: "You can't connect this app",
  cannotConnectBody: 'Only admins of an organization can connect apps. If you decline, the app is notified.',
  refusedBody: "The organization's install policy doesn't allow it. If you decline, the app is notified.",
  noOrganization: "You don't belong to an organization, so you can't connect this app.",
};

/** The public profile of an app and its verification. */
const profile = {
  start: 'Connect {app}',
  homepage: 'Website',
  privacyPolicy: 'Privacy policy',
  terms: 'Terms of service',
  support: 'Support',
  verified: 'Verified',
  verifiedBody: "FeatureOS has verified that {owner} built this app. We don't review what it does with your data.",
  notVerified: 'Not verified',
  notVerifiedBody: "FeatureOS hasn't verified who built this app. Only connect it if you trust {owner}.",
};

const consentError = {
  documentTitle: 'This request is invalid',
  title: 'This request is invalid',
  body: 'An app sent you here with an invalid request. No information was shared.',
  detail: 'Details for the app developer',
  guide: 'What this error means',
  unsafe: "We can't verify where this request came from, so we won't send you back. You can close this page.",
  back: 'Go back to {host}',
  backHint: 'The app will be notified of the error.',
};

const installs = {
  title: 'Installed apps',
  singular: 'Installed app',
  lead: 'Apps with access to {organization}.',
  emptyTitle: 'No apps installed',
  emptyBody: 'Apps that an admin connects appear here, with their permissions and when they were last used.',
  by: 'by {owner}, connected {when} by {person}',
  search: 'App, developer or admin',
  access: 'With access to',
  anyAccess: 'Anything',
  personalData: 'Any personal data',
  show: 'Show',
  showAll: 'All apps',
  showUnused: 'Not used for 90 days',
  showFormerMembers: 'Acting as a former member',
  order: 'Sort by',
  newest: 'Newest',
  byName: 'Name',
  leastRecentlyUsed: 'Least recently used',
  noMatchTitle: 'No matching apps',
  noMatchBody: 'Change or clear the filters to see other apps.',
  formerMember: 'Acts as a former member',
  select: (app: string) => `Select ${app}`,
  selectAll: 'Select all shown',
  disconnectSeveral: (amount: number) => `Disconnect ${count(amount, 'app', 'apps')}`,
  disconnectSeveralBody:
    "They lose access immediately and can't renew it. To use one again, an admin must reconnect it. Data that has already been read or changed isn't affected.",
  results: 'Disconnect results',
  exportCsv: 'Export CSV',
  exporting: 'Exporting…',
  exportFailed: 'The export failed',
  sections: 'Sections of installed apps',
  requests: (open: number) => (open === 0 ? 'Requests' : `Requests (${open})`),
  policy: 'Install policy',
  permissions: (amount: number) => count(amount, 'permission', 'permissions'),
  lastUsed: 'Last used {when}',
  neverUsed: 'Never used',
  backToList: 'Installed apps',
  status: 'Status',
  active: 'Connected',
  disconnecting: 'Disconnecting',
  revoked: 'Disconnected',
  about: 'About this app',
  owner: 'Built by',
  actor: 'Acts as',
  actorSelf: "{person}, limited by that person's role",
  installedBy: 'Connected by',
  deletedUser: 'a deleted user',
  installedAt: 'Connected',
  used: 'Last used',
  scopes: 'Permissions',
  scopesEnded: 'Permissions it had',
  noScopes: 'None. All of its permissions were removed.',
  events: 'Events',
  noEvents: "It doesn't receive events.",
  clientId: 'Client ID',
  activity: 'Activity',
  noActivity: 'No activity yet.',
  actions: {
    'consent.approved': 'Permissions approved',
    'install.granted': 'Connected',
    'install.disconnected': 'Disconnected',
    'install.revoked': 'Access ended',
    'token.revoked': 'Token revoked by the app',
    'token.refresh_reused': 'An old refresh token was rejected',
    'code.replayed': 'An authorization code was used twice, so its tokens were revoked',
    'app.changed': 'The app was changed',
    'app.suspended': 'The app was suspended',
    'app.resumed': 'The app was resumed',
    'app.deleted': 'The app was deleted',
    app_hook_enabled: 'Its webhook was enabled',
    app_hook_disabled: 'Its webhook was disabled after a failed delivery',
    app_hook_secret_rotated: 'Its webhook secret was rotated',
    app_delivery_replayed: 'A webhook delivery was replayed',
  } as Readonly<Record<string, string>>,
  refreshes: (amount: number) => (amount === 1 ? 'Token refreshed' : `Token refreshed ${amount} times that day`),
  performers: { app: 'the app', app_owner: 'its developer', platform: 'FeatureOS' },
  performedBy: 'by {who}',
  disconnect: 'Disconnect',
  disconnectTitle: 'Disconnect {app}?',
  disconnectBody:
    "The app loses access immediately and can't renew it. To use it again, an admin must reconnect it. Data that it has already read or changed isn't affected.",
  disconnectWorking: 'Disconnecting…',
  disconnectedTitle: 'Disconnected everywhere',
  disconnectedBody: "As of {when}, no server accepts this app's tokens for {organization}.",
  pendingTitle: 'Disconnected, but not in effect everywhere yet',
  pendingBody:
    "The app is disconnected, but one of our servers hasn't confirmed it yet and may still accept the app's token for a short time. We keep retrying until it confirms.",
  revokedTitle: 'This app is no longer connected',
  revokedBody: 'Its access has ended everywhere.',
};

/** The page of the apps that act as the user. */
const ownInstalls = {
  title: 'Apps that act as you',
  lead: 'What these apps do appears under your name. They can never do more than you can.',
  emptyTitle: 'No app acts as you',
  emptyBody: 'Apps that act under your name appear here, from all of your organizations.',
  where: 'in {organization}, built by {owner}',
  since: 'Connected {when}',
  noScopes: 'It has no permissions that your current role allows.',
  disconnect: (app: string, organization: string) => `Disconnect ${app} from ${organization}`,
  disconnectBody:
    "The app only acts as you in {organization}, so it loses all access there immediately. To use it again, an admin must reconnect it. Data that it has already read or changed isn't affected.",
};

export const text = {
  language: 'en',
  brand: 'FeatureOS',
  pages,
  shell,
  roles,
  states,
  errors,
  times,
  copy,
  actions,
  propagation,
  sandbox,
  scopeGroups,
  scopeTags,
  resources,
  ungranted,
  events,
  lifecycleEvents,
  actors,
  consent,
  profile,
  consentError,
  installs,
  ownInstalls,
};
