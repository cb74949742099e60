import { operations } from '../operation.ts';
import { PAGING } from '../paging.ts';

/** The apps that an organization has installed, for its admins. */
export const INSTALL_OPERATIONS = operations('Installs', 'admin', {
  listInstalls: {
    route: 'GET /oauth/installs',
    summary: 'List installed apps',
    query: PAGING,
    success: { status: 200, schema: 'InstallList' },
  },
  disconnectInstall: {
    route: 'DELETE /oauth/installs/{id}',
    summary: 'Disconnect an app',
    description: 'After a 204, its tokens are inactive everywhere. The request can be repeated.',
    success: { status: 204 },
  },
});
