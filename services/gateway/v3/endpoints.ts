import type { ActorClient } from '../actor-client/actor-client.ts';
import type { DemoPlatform } from '../platform/demo-platform.ts';
import type { Endpoint } from './endpoint.ts';
import { createComment, listComments } from './handlers/comments.ts';
import { listCustomers } from './handlers/customers.ts';
import { createFeatureRequest, listFeatureRequests } from './handlers/feature-requests.ts';
import { sessionInfo } from './handlers/session-info.ts';

/** All v3 endpoints and their scopes. */
export function endpointTable(platform: DemoPlatform, actors: ActorClient): readonly Endpoint[] {
  const scope = (name: string) => ({ scope: name });
  return [
    get('/api/v3/session_info', scope('posts:read'), sessionInfo(actors)),
    get('/api/v3/feature_requests', scope('posts:read'), listFeatureRequests(platform)),
    post('/api/v3/feature_requests', scope('posts:write'), createFeatureRequest(platform)),
    get('/api/v3/comments', scope('comments:read'), listComments(platform)),
    post('/api/v3/comments', scope('comments:write'), createComment(platform)),
    get('/api/v3/customers', scope('customers:read'), listCustomers(platform)),
    // With API keys an app could create a credential that outlives its install.
    get('/api/v3/api_keys', 'not opened', async () => ({ api_keys: [] })),
  ];
}

const get = (path: string, access: Endpoint['access'], handler: Endpoint['handler']): Endpoint => ({
  method: 'GET',
  path,
  access,
  handler,
});

const post = (path: string, access: Endpoint['access'], handler: Endpoint['handler']): Endpoint => ({
  method: 'POST',
  path,
  access,
  handler,
});
