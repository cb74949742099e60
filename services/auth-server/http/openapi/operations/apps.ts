import { LOGO_SIDE, LOGO_TYPES, MAX_LOGO_BYTES, MAX_LOGO_SIDE } from '../../../logos/logo-bounds.ts';
import { operations } from '../operation.ts';
import { PAGING } from '../paging.ts';

const APP = '/oauth/apps/{client_id}';
const LOGO = `${APP}/logo`;

/** The apps of an organization, for its admins. */
export const APP_OPERATIONS = operations('Apps', 'admin', {
  registerApp: {
    route: 'POST /oauth/apps',
    summary: 'Register an app',
    description: 'The response has the client secret. It is not shown again.',
    request: { schema: 'AppRegistration' },
    success: { status: 201, schema: 'RegisteredApp' },
    errors: [409],
  },
  listApps: {
    route: 'GET /oauth/apps',
    summary: 'List apps',
    query: PAGING,
    success: { status: 200, schema: 'AppList' },
  },
  getApp: {
    route: `GET ${APP}`,
    summary: 'Get an app',
    success: { status: 200, schema: 'AppResponse' },
  },
  updateApp: {
    route: `PATCH ${APP}`,
    summary: 'Change an app',
    description:
      'Send only the fields that change. Scopes, events and actor modes that you remove are removed from every install at ' +
      'once, and adding them later does not restore them. 409 with `Retry-After`: the change adds a scope, event or actor ' +
      'mode while installs are still being updated after an earlier change. A change of the name or description, a new ' +
      'support email address, and a link or redirect URI with a new host reset a verified app to `not_reviewed`.',
    request: { schema: 'AppChange' },
    success: { status: 200, schema: 'AppResponse' },
    errors: [409],
  },
  deleteApp: {
    route: `DELETE ${APP}`,
    summary: 'Delete an app',
    description: 'Ends all its installs.',
    success: { status: 204 },
  },
  listFailedRequests: {
    route: `GET ${APP}/failed_requests`,
    summary: 'List failed requests of an app',
    description:
      'Requests of the app to the token, revocation, introspection and webhook secret endpoints that failed in the last 30 ' +
      'days, newest first, with the reason. They appear within seconds. Each server keeps up to 20 different failures per ' +
      'minute, and 20 more of requests with a wrong secret.',
    query: PAGING,
    success: { status: 200, schema: 'FailedRequestList' },
  },
  rotateClientSecret: {
    route: `POST ${APP}/rotate_secret`,
    summary: 'Rotate the client secret',
    description: 'The response has the new secret. It is not shown again.',
    request: { schema: 'SecretRotation', required: false },
    success: { status: 200, schema: 'RotatedClientSecret' },
    errors: [409],
  },
  putAppLogo: {
    route: `PUT ${LOGO}`,
    summary: 'Upload the logo of an app',
    description:
      `A PNG, JPEG or WebP image, at most ${MAX_LOGO_BYTES / 1024 / 1024} MiB and ${MAX_LOGO_SIDE} pixels wide and high. ` +
      `It is scaled to fit a square of ${LOGO_SIDE} pixels and stored as a PNG without metadata. A different logo resets a ` +
      'verified app to `not_reviewed`.',
    binary: LOGO_TYPES,
    success: { status: 200, schema: 'AppResponse' },
    errors: [422, 429],
  },
  deleteAppLogo: {
    route: `DELETE ${LOGO}`,
    summary: 'Remove the logo of an app',
    description: 'A verified app is reset to `not_reviewed`.',
    success: { status: 204 },
  },
});
