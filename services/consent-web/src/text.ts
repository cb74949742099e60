/**
 * Every English text of the pages, in one place. `{gap}` is filled with a node by <Fill>; numbers go through functions,
 * because plurals differ between languages. The words of scopes are in the catalog of services/common.
 */
const count = (amount: number, one: string, many: string): string => `${amount} ${amount === 1 ? one : many}`;

const pages = {
  consent: 'Connect an app',
  console: 'Apps',
  noScript: 'These pages need JavaScript.',
};

const shell = {
  skip: 'Skip to the content',
  navigation: 'Areas',
  installs: 'Installed apps',
  apps: 'Developer',
  organization: 'Organization',
  choose: 'Choose an organization',
  switchAccount: 'Switch account',
  nobody: 'Signed in',
  notFound: 'There is nothing at this address',
  notFoundBody: 'The link may be old, or a part of it is missing.',
  noOrganization: 'You belong to no organization yet',
  noOrganizationBody: 'Once somebody adds you to one, what it has installed is shown here.',
  notAdmin: 'Only admins of {organization} can see this',
  notAdminBody: 'You are a {role} there. Ask one of its admins, or choose another organization above.',
};

const roles = {
  admin: 'admin',
  manager: 'manager',
  csm: 'customer success manager',
  member: 'member',
  collaborator: 'collaborator',
  unknown: 'guest',
};

const states = { loading: 'Loading …', more: 'Show more', suspended: 'Suspended' };

const errors = {
  outage: 'This cannot be shown at the moment',
  retry: 'Try again',
  signedOut: 'Your session has ended',
  signIn: 'Sign in',
  change: 'That did not work',
  fields: 'Something is missing or not right: see the marked fields',
  unreachable: 'FeatureOS cannot be reached. Look at your connection, or try again in a while.',
};

const moments = { now: 'just now', never: 'never' };

const copy = { action: 'Copy', copied: 'Copied', failed: 'Copy failed' };

const actions = { cancel: 'Cancel', save: 'Save changes' };

/** Something was changed, and is not yet seen by every server. */
const propagation = {
  pending: 'Saved, but not effective everywhere yet',
  pendingBody:
    'The change cannot be undone, but one of our servers has not confirmed it, so for a short time it may still act on the state before. We keep asking until it has.',
  attempts: (amount: number) => `Asked ${count(amount, 'time', 'times')} so far.`,
};

const scopeGroups = {
  feedback: 'Feedback',
  publishing: 'Publishing',
  people: 'People',
  events: 'Events',
  other: 'Other',
};

const scopeMarks = {
  sensitive: 'Personal data',
  new: 'New',
  granted: 'Granted before',
};

const events: Record<string, string> = {
  post_created: 'A post is created',
  post_updated: 'A post is changed',
  post_completed: 'A post is completed',
  changelog_created: 'A changelog entry is created',
  changelog_updated: 'A changelog entry is changed',
  changelog_published: 'A changelog entry is published',
};

const lifecycleEvents: Record<string, string> = {
  app_installed: 'An organization installs the app',
  app_uninstalled: 'An install ends',
  token_revoked: 'An access token is revoked alone',
};

const actors = {
  app: 'A bot',
  self: 'The person who connects it',
};

const consent = {
  title: '{app} wants to connect to {organization}',
  titleOpen: '{app} wants to connect to your organization',
  documentTitle: (app: string) => `Connect ${app}`,
  owner: 'Made by {owner}. FeatureOS has not reviewed it.',
  where: 'Where',
  whereHint: 'The app acts in this organization, and in no other.',
  search: 'Find an organization',
  found: (shown: number, hasMore: boolean) =>
    `${count(shown, 'organization', 'organizations')} shown${hasMore ? ', and there are more' : ''}`,
  noneFound: 'No organization matches {search}.',
  whereMissing: 'Choose the organization first.',
  mayNotInstall: 'You are a {role} here. Only admins can connect apps; ask {admins}.',
  mayNotInstallNobody: 'You are a {role} here. Only admins can connect apps, and there is none at the moment.',
  suspendedOrganization: 'This organization is suspended.',
  installedAlready: 'Installed',
  actor: 'It acts as',
  actorApp: 'Itself, a bot',
  actorAppBody:
    'What it does is shown as done by {app}. Your own role does not limit it, and it goes on when you leave the organization.',
  actorSelf: 'You, {user}',
  actorSelfBody:
    'What it does is shown as done by you. It can never do more than you can at that moment, and it stops when you leave the organization.',
  permissions: 'It may',
  permissionsHint: 'Take away what it should not have. The app has to cope with less.',
  chosen: (chosen: number, all: number) => `${chosen} of ${all} permissions`,
  events: 'It is told when',
  noneChosen: 'Leave it at least one permission, or decline.',
  difference: '{app} is installed in {organization} already',
  differenceSame: 'You would grant the same as before. The app gets a new token, and its old one ends.',
  differenceChanged: 'What you grant now replaces what was granted before.',
  gains: 'New',
  losses: 'No longer granted',
  actorChange: 'Acts as',
  actorChangeTo: { app: 'a bot, and no longer as a person', self: 'you, and no longer as a bot' },
  personChange: 'you, and no longer as somebody else',
  returns: 'Afterwards you are taken to {host}.',
  approve: 'Connect',
  decline: 'Decline',
  leaving: 'Done. Taking you back to {host} …',
  leavingLink: 'Continue to {host} if nothing happens.',
  nobodyMay: 'You cannot connect this app',
  nobodyMayBody: 'Apps are connected by admins of an organization. You can decline, and the app will be told.',
  noOrganization: 'You belong to no organization, so there is nothing that the app could be connected to.',
};

const consentError = {
  documentTitle: 'This request cannot go on',
  title: 'This request cannot go on',
  notOurs: 'An app sent you here with a request that is not right. Nothing was shared with it.',
  detail: 'For the developer of the app',
  unsafe: 'Because we cannot be sure where the request comes from, there is no way back from here. Close this page.',
  back: 'Go back to {host}',
  backHint: 'The app will be told what was wrong.',
};

const installs = {
  title: 'Installed apps',
  one: 'Installed app',
  lead: 'Apps that act in {organization}, each within what was granted to it.',
  emptyTitle: 'No apps are installed here',
  emptyBody: 'When an admin connects an app, it is listed here, with what it may do and when it was last used.',
  by: 'by {owner}',
  permissions: (amount: number) => count(amount, 'permission', 'permissions'),
  lastUsed: 'Last used {when}',
  neverUsed: 'Never used',
  backToList: 'Installed apps',
  status: 'Status',
  active: 'Connected',
  disconnecting: 'Disconnecting',
  revoked: 'Disconnected',
  owner: 'Made by',
  actor: 'Acts as',
  actorApp: 'A bot of the app',
  actorSelf: '{person}, and never with more rights than that person has',
  installedBy: 'Connected by',
  deletedUser: 'a user who no longer exists',
  installedAt: 'Connected',
  used: 'Last used',
  scopes: 'What it may do',
  scopesEnded: 'What it was allowed to do',
  noScopes: 'Nothing: every permission it had was taken back.',
  events: 'What it is told of',
  noEvents: 'It receives no events.',
  clientId: 'Client id',
  disconnect: 'Disconnect',
  disconnectTitle: 'Disconnect {app}?',
  disconnectBody:
    'Its next request is refused, and so is every attempt to renew its access. To come back it has to ask an admin again. What it has already read or written stays as it is.',
  disconnectKeep: 'Keep it',
  disconnectWorking: 'Disconnecting …',
  disconnectedTitle: 'Disconnected, everywhere',
  disconnectedBody: 'Since {when} no server of ours accepts a token of this app for {organization}.',
  pendingTitle: 'Disconnected, but not effective everywhere yet',
  pendingBody:
    'The decision stands and cannot be undone. One of our servers has not confirmed it, so for a short time the app may still get an answer. We keep asking until it has.',
  revokedTitle: 'This app is no longer connected',
  revokedBody: 'Its access has ended on every server of ours.',
};

const apps = {
  title: 'Your apps',
  one: 'App',
  lead: 'Apps that {organization} owns and other organizations can install.',
  register: 'Register an app',
  emptyTitle: 'No apps yet',
  emptyBody:
    'An app asks organizations for permission and then calls the API on their behalf, with a token of its own.',
  backToList: 'Your apps',
  parts: 'Parts of this app',
  overview: 'Overview',
  edit: 'Edit',
  installs: 'Installs',
  webhooks: 'Webhooks',
  deliveries: 'Deliveries',
  tryIt: 'Try it',
  suspendedTitle: 'This app is suspended',
  suspendedBody: 'An operator has stopped it: its tokens are inactive, and it gets no new ones until it is resumed.',
  redirectUris: 'Redirect URIs',
  modes: 'Acts as',
  scopes: 'Declared permissions',
  pkce: 'PKCE',
  pkceRequired: 'Required',
  pkceOptional: 'Optional',
  registered: 'Registered',
  changed: 'Changed',
  scopeCount: (amount: number) => count(amount, 'permission', 'permissions'),
  uriCount: (amount: number) => count(amount, 'redirect URI', 'redirect URIs'),
};

const appForm = {
  newTitle: 'Register an app',
  newLead: 'You can change all of this later, except the client id.',
  name: 'Name',
  nameHint: 'Shown to everybody who is asked to connect it. At most 80 characters.',
  redirectUris: 'Redirect URIs',
  redirectUrisHint:
    'One on each line. Absolute and https; http only for localhost, 127.0.0.1 and [::1]. They are compared exactly.',
  modes: 'It can act as',
  modesHint: 'Where you choose both, each authorization request says which one it wants.',
  modeApp: 'A bot',
  modeAppHint: 'An identity of the app’s own, which no role limits.',
  modeSelf: 'The person who connects it',
  modeSelfHint: 'Never with more rights than that person has at the moment.',
  scopes: 'Permissions',
  scopesHint: 'The most the app can ever ask for. Fewer are granted more gladly.',
  pkce: 'Require PKCE',
  pkceHint: 'Authorization requests without a code challenge are refused.',
  submitNew: 'Register',
  saved: 'Saved',
  savedBody: 'The change is effective everywhere.',
  narrowTitle: 'This takes something away',
  narrowBody: (installs: number | undefined) =>
    `${installs === undefined ? 'Installs lose' : count(installs, 'install loses', 'installs lose')} it at once and for good: adding it again later gives nothing back.`,
  narrowScopes: 'Permissions',
  narrowModes: 'Ways to act; installs that act so end',
  narrowEvents: 'Events',
  narrowConfirm: 'Take it away',
};

const appCreated = {
  title: '{app} is registered',
  secretTitle: 'Copy the client secret now',
  secretBody: 'It is shown this once. Keep it where only your server can read it; if you lose it, rotate it.',
  clientId: 'Client id',
  clientSecret: 'Client secret',
  next: 'Go to the app',
};

const secrets = {
  title: 'Client secrets',
  created: 'Made {when}',
  current: 'In use',
  expires: 'Works until {when}',
  rotate: 'Rotate the secret',
  rotateTitle: 'Rotate the client secret',
  rotateBody:
    'You get a new secret. Choose how long the present one goes on working, so that you can deploy the new one.',
  overlap: 'The present secret works for',
  overlaps: [
    { value: '0', label: 'no longer: it ends at once' },
    { value: '3600', label: 'one more hour' },
    { value: '86400', label: 'one more day' },
    { value: '604800', label: 'seven more days' },
  ],
  rotateConfirm: 'Make a new secret',
  newTitle: 'Your new client secret',
  previousUntil: 'The secret before it works until {when}.',
  previousEnded: 'The secret before it no longer works.',
};

const deletion = {
  title: 'Delete this app',
  lead: 'Its client id never comes back, and nothing of this can be undone.',
  action: 'Delete the app',
  dialogTitle: 'Delete {app}?',
  breaks: 'What breaks, at once:',
  breaksInstalls: (amount: number) =>
    amount === 0
      ? 'It is installed nowhere.'
      : `It is disconnected from ${count(amount, 'organization', 'organizations')}, and every token it holds there ends.`,
  breaksSecrets: 'Its client secrets and outstanding authorization codes no longer work.',
  breaksLinks: 'Links that ask for its installation lead to an error page.',
  confirmLabel: 'Type the name of the app to confirm',
  confirm: 'Delete it for good',
};

const appInstalls = {
  title: 'Where it is installed',
  active: (amount: number) => `Installed in ${count(amount, 'organization', 'organizations')}.`,
  emptyTitle: 'It is installed nowhere yet',
  emptyBody: 'Use “Try it” to see what an admin sees who is asked to connect it.',
};

const webhooks = {
  title: 'Webhooks',
  lead: 'We send events to one address of yours, from each organization that granted them.',
  needsScope: 'This app may not receive events',
  needsScopeBody: 'It has to declare the permission “{scope}” first.',
  needsScopeAction: 'Edit the permissions',
  url: 'Address',
  urlHint: 'https; http only for localhost, 127.0.0.1 and [::1]. Empty: nothing is sent.',
  events: 'Events',
  eventsHint: 'Organizations can grant fewer. What you take away here is taken from every install, for good.',
  lifecycle: 'Events of the app itself',
  lifecycleHint: 'What becomes of its installs. Nobody has to grant these.',
};

const hooks = {
  title: 'Hooks',
  lead: 'One for each install, and one of the app’s own. Each signs with a secret of its own.',
  emptyTitle: 'There are no hooks',
  emptyBody: 'An app gets its own when it is registered, and one with each install.',
  own: 'The app itself',
  noEvents: 'It receives no events.',
  enabled: 'Enabled',
  disabled: 'Disabled',
  id: 'Hook id',
  secretCreated: 'Secret made {when}',
  previousSigns: 'The secret before it signs, too, until {when}',
  disabledTitle: 'Disabled {when}',
  disabledBody: 'The third retry of a delivery failed. Nothing is sent to it until you enable it.',
  enable: 'Enable',
  enableTitle: 'Enable this hook?',
  enableBody: 'What happens from now on is sent to your address again:',
  enableNoAddress: 'What happens from now on is sent again, once the app has an address.',
  enableMissed:
    'What was cancelled meanwhile is not sent by itself: replay it from the deliveries. If another delivery fails to its last retry, the hook is disabled again.',
  enableConfirm: 'Enable it',
  enabledNow: 'It is enabled',
  enabledNowBody: 'What happens from now on is sent. Replay what it has missed.',
  rotate: 'Rotate the secret',
  rotateTitle: 'Rotate the signing secret',
  rotateBody:
    'You get a new secret. For as long as you choose, deliveries carry the signatures of both, so that you can deploy the new one.',
  newTitle: 'Your new signing secret',
  secret: 'Signing secret',
  noticeTitle: (amount: number) =>
    amount === 1
      ? 'A webhook is disabled: nothing is sent to it'
      : `${amount} webhooks are disabled: nothing is sent to them`,
  noticeSince: '{hook}, disabled {when}',
  noticeMore: (amount: number) => `and ${amount} more`,
  noticeAction: 'Look at the hooks',
};

const deliveries = {
  title: 'Deliveries',
  lead: 'What was sent in the last 30 days, or is to be sent; the newest first.',
  status: 'Status',
  anyStatus: 'Any',
  hook: 'Hook',
  anyHook: 'Any',
  statuses: {
    pending: 'Pending',
    succeeded: 'Succeeded',
    failed: 'Failed',
    cancelled: 'Cancelled',
    unknown: 'Unknown',
  },
  emptyTitle: 'No deliveries yet',
  emptyBody: 'Each event that is owed to a hook is listed here, with every attempt and its answer.',
  noMatchTitle: 'No such deliveries',
  noMatchBody: 'Deliveries are kept for 30 days.',
  attempts: (amount: number) => count(amount, 'attempt', 'attempts'),
  id: 'webhook-id',
  next: 'Next attempt',
  underWay: 'due, or under way',
  attemptsTitle: 'Attempts',
  noAttempts: 'None so far.',
  cancelled:
    'Not sent: when its time came the hook was disabled, the install, its grant or the rights of its user had ended, or the app or an organization was suspended.',
  duration: (milliseconds: number) => `${milliseconds.toLocaleString('en')} ms`,
  answer: 'First bytes of the answer',
  emptyAnswer: 'The answer was empty.',
  replay: 'Replay',
  replayHint: 'Sends it again now, with the same id and all its retries.',
  replayed: 'It is sent again',
};

const tryIt = {
  title: 'Try it',
  lead: 'Builds the link that your app sends an admin to. Nothing is stored: leave the page and it is gone.',
  redirectUri: 'Redirect URI',
  actor: 'Act as',
  scopes: 'Ask for',
  noScopes: 'Without a choice the app asks for everything it has declared.',
  link: 'Authorization link',
  open: 'Open in a new tab',
  state: 'state',
  verifier: 'code_verifier',
  verifierHint: 'PKCE: the link holds a hash of this value, and the code is worth nothing without it.',
  exchange: 'Then exchange the code',
  exchangeHint: 'Put in the secret, and the code from the address that you were taken to.',
  renew: 'New values',
};

export const text = {
  language: 'en',
  brand: 'FeatureOS',
  pages,
  shell,
  roles,
  states,
  errors,
  moments,
  copy,
  actions,
  propagation,
  scopeGroups,
  scopeMarks,
  events,
  lifecycleEvents,
  actors,
  consent,
  consentError,
  installs,
  apps,
  appForm,
  appCreated,
  secrets,
  deletion,
  appInstalls,
  webhooks,
  hooks,
  deliveries,
  tryIt,
};
