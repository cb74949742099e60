import { count } from './text.ts';

const apps = {
  title: 'Your apps',
  singular: 'App',
  lead: 'Apps built by {organization} that other organizations can install.',
  register: 'Register app',
  emptyTitle: 'No apps yet',
  emptyBody: 'Register an app to call the API on behalf of the organizations that install it.',
  quickStart: 'Quick start: from here to a first API call',
  backToList: 'Your apps',
  sections: 'App sections',
  overview: 'Overview',
  edit: 'Edit',
  installs: 'Installs',
  webhooks: 'Webhooks',
  deliveries: 'Deliveries',
  errors: 'Errors',
  tryIt: 'Try it',
  suspendedTitle: 'This app is suspended',
  suspendedBody: "It was suspended by FeatureOS. Its tokens don't work and it can't get new ones until it's resumed.",
  redirectUris: 'Redirect URIs',
  modes: 'Acts as',
  scopes: 'Permissions',
  pkce: 'PKCE',
  pkceRequired: 'Required',
  pkceOptional: 'Optional',
  registered: 'Registered',
  changed: 'Last changed',
  profile: 'What admins see',
  scopeCount: (amount: number) => count(amount, 'permission', 'permissions'),
  uriCount: (amount: number) => count(amount, 'redirect URI', 'redirect URIs'),
};

const appForm = {
  newTitle: 'Register an app',
  newLead: 'You can change everything here later.',
  name: 'Name',
  nameHint: 'Shown to people who connect the app. 80 characters or fewer.',
  redirectUris: 'Redirect URIs',
  redirectUrisHint:
    'One per line. Absolute https URLs; http is allowed for localhost, 127.0.0.1 and [::1]. Requests must match one exactly; only the port of 127.0.0.1 or [::1] may differ.',
  modes: 'Acts as',
  modesHint: 'If you select both, each authorization request must specify one.',
  modeApp: 'A bot',
  modeAppHint: "A separate identity for the app, not limited by anyone's role.",
  modeSelf: 'The person who connects it',
  modeSelfHint: "Always limited by that person's current role.",
  scopes: 'Permissions',
  scopesHint: 'The most that the app can request. Admins are more likely to approve an app that asks for less.',
  pkce: 'Require PKCE',
  pkceHint: 'Reject authorization requests without a code challenge.',
  profile: 'Public profile',
  profileHint: 'Optional. Admins see this before they connect the app.',
  description: 'Description',
  descriptionHint: 'What the app does, in a sentence or two. 300 characters or fewer.',
  homepage: 'Website',
  privacyPolicy: 'Privacy policy',
  terms: 'Terms of service',
  support: 'Support',
  supportHint: 'An email address or an https URL.',
  startUrl: 'Start URL',
  startUrlHint: 'An https page of your app that leads to the consent page. Admins open it to connect the app.',
  verifiedTitle: 'This app is verified',
  verifiedBody:
    "If you change its name, description, logo or support email, or use a new host in a link or redirect URI, it's set back to “Not verified”.",
  submitNew: 'Register app',
  saved: 'Saved',
  savedBody: 'The change is in effect everywhere.',
  narrowTitle: 'This removes access',
  narrowBody: (installs: number | undefined) =>
    `${installs === undefined ? 'Installs lose' : `Up to ${count(installs, 'install loses', 'installs lose')}`} the following immediately. If you add it back later, each organization must approve it again.`,
  narrowScopes: 'Permissions',
  narrowModes: 'Acts as (installs that use this are disconnected)',
  narrowEvents: 'Events',
  narrowConfirm: 'Remove access',
};

const logo = {
  title: 'Logo',
  hint: (mebibytes: number) => `PNG, JPEG or WebP, up to ${mebibytes} MB and 2048 × 2048 pixels.`,
  file: 'Logo file',
  upload: 'Upload logo',
  replace: 'Replace',
  remove: 'Remove',
  saved: 'Logo updated',
  wrongType: 'must be a PNG, JPEG or WebP image',
  tooLarge: (mebibytes: number) => `must be ${mebibytes} MB or smaller`,
};

const appCreated = {
  title: '{app} is registered',
  secretTitle: 'Copy the client secret now',
  secretBody: "You won't see it again. Store it where only your server can read it. If you lose it, rotate it.",
  clientId: 'Client ID',
  clientSecret: 'Client secret',
  shell: 'Environment variables',
  guide: 'Quick starts for curl, Node.js, Python, Go, PHP and Ruby',
  next: 'Go to app',
};

const secrets = {
  title: 'Client secrets',
  created: 'Created {when}',
  used: 'Last used {when}',
  neverUsed: 'Not used yet',
  current: 'Current',
  expires: 'Expires {when}',
  rotate: 'Rotate secret',
  rotateTitle: 'Rotate client secret',
  rotateBody: 'This creates a new secret. Choose how long the current one keeps working while you deploy the new one.',
  overlap: 'Current secret expires',
  overlaps: [
    { value: '0', label: 'Immediately' },
    { value: '3600', label: 'In 1 hour' },
    { value: '86400', label: 'In 1 day' },
    { value: '604800', label: 'In 7 days' },
  ],
  rotateConfirm: 'Rotate secret',
  newTitle: 'Your new client secret',
  previousUntil: 'The previous secret works until {when}.',
  previousEnded: 'The previous secret no longer works.',
};

const deletion = {
  title: 'Delete this app',
  lead: "This can't be undone.",
  action: 'Delete app',
  dialogTitle: 'Delete {app}?',
  breaks: 'This happens immediately:',
  breaksInstalls: (amount: number) =>
    amount === 0
      ? "It isn't installed anywhere."
      : `It's disconnected from ${count(amount, 'organization', 'organizations')}, and all of its tokens stop working.`,
  breaksSecrets: 'Its client secrets and pending authorization codes stop working.',
  breaksLinks: 'Its authorization links show an error page.',
  confirmLabel: 'Type the app name to confirm',
  confirm: 'Delete app',
};

const appInstalls = {
  title: 'Installs',
  active: (amount: number) => `Installed in ${count(amount, 'organization', 'organizations')}.`,
  emptyTitle: 'Not installed anywhere',
  emptyBody: 'Use “Try it” to see what admins see when they connect it.',
};

const webhooks = {
  title: 'Webhooks',
  lead: 'Events from the organizations that granted them are sent to your URL.',
  needsScope: "This app can't receive events",
  needsScopeBody: 'Add the “{scope}” permission first.',
  needsScopeAction: 'Edit permissions',
  url: 'Webhook URL',
  urlHint: 'An https URL on the public internet. Leave empty to stop sending.',
  events: 'Events',
  eventsHint: 'Organizations can grant fewer. Events that you remove here are removed from every install.',
  lifecycle: 'App events',
  lifecycleHint: "Installs, disconnects and revoked tokens. Organizations don't need to grant these.",
};

const hooks = {
  title: 'Hooks',
  lead: 'One per install and one for the app. Each has its own signing secret.',
  emptyTitle: 'No hooks',
  emptyBody: "An app gets a hook when it's registered, and one more with each install.",
  appHook: 'App',
  noEvents: "It doesn't receive events.",
  enabled: 'Enabled',
  disabled: 'Disabled',
  id: 'Hook ID',
  secretCreated: 'Secret created {when}',
  previousSigns: 'Also signed with the previous secret until {when}',
  disabledTitle: 'Disabled {when}',
  disabledBody: 'A delivery failed after three retries. Nothing is sent until you enable the hook.',
  enable: 'Enable',
  enableTitle: 'Enable this hook?',
  enableBody: 'New events will be sent to your URL again:',
  enableNoUrl: 'New events will be sent once the app has a webhook URL.',
  enableReplay:
    "Failed and cancelled deliveries aren't sent automatically. You can replay them from Deliveries. If another delivery fails after three retries, the hook is disabled again.",
  enableConfirm: 'Enable hook',
  enabledNow: 'Hook enabled',
  enabledNowBody: 'New events will be sent. You can replay failed and cancelled deliveries.',
  rotate: 'Rotate secret',
  rotateTitle: 'Rotate signing secret',
  rotateBody: 'This creates a new secret. Until the current one expires, deliveries are signed with both.',
  newTitle: 'Your new signing secret',
  secret: 'Signing secret',
  noticeTitle: (amount: number, hasMore: boolean) =>
    amount === 1
      ? '1 hook is disabled and receives no events'
      : `${hasMore ? 'At least ' : ''}${amount} hooks are disabled and receive no events`,
  noticeSince: '{hook}, disabled {when}',
  noticeMore: (amount: number, hasMore: boolean) => `and ${hasMore ? 'at least ' : ''}${amount} more`,
  noticeAction: 'View hooks',
};

const deliveries = {
  title: 'Deliveries',
  lead: 'Deliveries of the last 30 days, newest first.',
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
  emptyBody: 'Events sent to your hooks appear here, with each attempt and its response.',
  noMatchTitle: 'No matching deliveries',
  noMatchBody: 'Deliveries are kept for 30 days.',
  /** The server lists the newest 20. */
  attempts: (listed: number) => (listed < 20 ? count(listed, 'attempt', 'attempts') : '20 or more attempts'),
  id: 'webhook-id',
  next: 'Next attempt',
  nextNow: 'now',
  attemptsTitle: 'Attempts',
  noAttempts: 'None.',
  cancelled:
    "Not sent, or not sent again: the hook was disabled, the app had no webhook URL or no longer subscribed to the event, the install had ended, the event was no longer granted or no longer allowed by the user's role, or the app or an organization was suspended.",
  duration: (milliseconds: number) => `${milliseconds.toLocaleString('en')} ms`,
  excerpt: 'Start of the response',
  emptyResponse: 'The response was empty.',
  replay: 'Replay',
  replayHint: 'Sends it again now with the same ID.',
  replayed: 'Delivery queued',
  testEvent: 'Test event',
  sendTest: 'Send test event',
  testHint: 'Sent only to the webhook URL of your app, with {"test": true} as its data.',
  testSent: 'Test event queued',
};

const failedRequests = {
  title: 'Errors',
  lead: "Your app's failed requests to the token, revocation, introspection and webhook secret endpoints in the last 30 days, newest first. New ones appear within seconds.",
  emptyTitle: 'No errors',
  emptyBody: 'If the server rejects a code, a refresh token or a client secret, the reason appears here.',
  requestId: 'Request ID',
  times: (amount: number) => (amount === 1 ? 'Once' : `${amount.toLocaleString('en')} times in a minute`),
  guide: 'What each error means',
};

const sandbox = {
  title: 'Sandbox',
  body: 'A separate organization where you can connect your apps without approval. Only apps of {organization} can be connected there, and only by its admins.',
  create: 'Create sandbox',
  open: 'View apps in {sandbox}',
};

const tryIt = {
  title: 'Try it',
  lead: 'Build the link that your app sends admins to. Nothing here is saved.',
  redirectUri: 'Redirect URI',
  target: 'Connect to',
  chosenLater: 'Chosen on the consent page',
  actor: 'Acts as',
  scopes: 'Permissions',
  noScopes: 'If none is selected, the app requests all of its permissions.',
  link: 'Authorization link',
  open: 'Open in a new tab',
  state: 'state',
  verifier: 'code_verifier',
  verifierHint: 'For PKCE. The code can only be exchanged together with this value.',
  exchange: 'Exchange the code',
  exchangeHint: 'Replace SECRET with the client secret, and CODE with the code in the URL that you were redirected to.',
  renew: 'Generate new values',
};

/** The English texts of the developer area, which are loaded with it. */
export const developerText = {
  apps,
  appForm,
  logo,
  appCreated,
  secrets,
  deletion,
  appInstalls,
  webhooks,
  hooks,
  deliveries,
  failedRequests,
  sandbox,
  tryIt,
};
