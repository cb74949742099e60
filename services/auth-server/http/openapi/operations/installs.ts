import type { Operation } from '../operation.ts';
import { PAGING } from '../paging.ts';

const TAG = 'Installs';

/** The apps that an organization has installed, for its admins. */
export const INSTALL_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/oauth/installs',
    id: 'listInstalls',
    tag: TAG,
    summary: 'List installed apps',
    caller: 'admin',
    query: PAGING,
    success: { status: 200, schema: 'InstallList' },
  },
  {
    method: 'delete',
    path: '/oauth/installs/{id}',
    id: 'disconnectInstall',
    tag: TAG,
    summary: 'Disconnect an app',
    description: 'Its tokens are inactive everywhere when this returns. Can be repeated.',
    caller: 'admin',
    success: { status: 204 },
  },
];
