import type { Operation } from '../operation.ts';
import { PAGING } from '../paging.ts';

const TAG = 'Apps';
const ONE = '/oauth/apps/{client_id}';

/** The apps of an organization, for its admins. */
export const APP_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/oauth/apps',
    id: 'registerApp',
    tag: TAG,
    summary: 'Register an app',
    description: 'The response has the client secret. It is not shown again.',
    caller: 'admin',
    request: { schema: 'AppRegistration' },
    success: { status: 201, schema: 'RegisteredApp' },
  },
  {
    method: 'get',
    path: '/oauth/apps',
    id: 'listApps',
    tag: TAG,
    summary: 'List apps',
    caller: 'admin',
    query: PAGING,
    success: { status: 200, schema: 'AppList' },
  },
  {
    method: 'get',
    path: ONE,
    id: 'getApp',
    tag: TAG,
    summary: 'Get an app',
    caller: 'admin',
    success: { status: 200, schema: 'AppResponse' },
  },
  {
    method: 'patch',
    path: ONE,
    id: 'updateApp',
    tag: TAG,
    summary: 'Change an app',
    description:
      'Send only the fields that change. Scopes, events and actor modes that you remove are removed from every install at ' +
      'once, and adding them later does not return them. 409 with `Retry-After`: installs are still being updated to an ' +
      'earlier change.',
    caller: 'admin',
    request: { schema: 'AppChange' },
    success: { status: 200, schema: 'AppResponse' },
    errors: [409],
  },
  {
    method: 'delete',
    path: ONE,
    id: 'deleteApp',
    tag: TAG,
    summary: 'Delete an app',
    description: 'Ends all its installs.',
    caller: 'admin',
    success: { status: 204 },
  },
  {
    method: 'get',
    path: `${ONE}/failed_requests`,
    id: 'listFailedRequests',
    tag: TAG,
    summary: 'List failed requests of an app',
    description:
      'Requests of the app to the token, revocation, introspection and webhook secret endpoints that failed in the last 30 ' +
      'days, newest first, with the reason. They appear within seconds. Up to 20 different failures are kept per minute.',
    caller: 'admin',
    query: PAGING,
    success: { status: 200, schema: 'FailedRequestList' },
  },
  {
    method: 'post',
    path: `${ONE}/rotate_secret`,
    id: 'rotateClientSecret',
    tag: TAG,
    summary: 'Rotate the client secret',
    description: 'The response has the new secret. It is not shown again.',
    caller: 'admin',
    request: { schema: 'SecretRotation', required: false },
    success: { status: 200, schema: 'RotatedClientSecret' },
    errors: [409],
  },
];
