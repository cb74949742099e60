import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { SessionService } from '../../gen/featureos/oauth/v1/session_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { usageError } from './exit-codes.ts';
import { logoSender, type SendLogo } from './logos.ts';
import { currentSession, type Session, type SessionOptions } from './session.ts';

const TIMEOUT_MS = 30_000;

export interface Clients {
  readonly apps: Client<typeof AppService>;
  readonly webhooks: Client<typeof WebhookService>;
  readonly sendLogo: SendLogo;
}

/** Clients that use the current session and its organization. */
export async function currentClients(options: SessionOptions): Promise<Clients> {
  const session = await currentSession(options);
  if (session.organization === undefined) {
    throw usageError('No organization is configured. Set --organization or OAUTH_APPS_ORGANIZATION.');
  }
  return {
    apps: clientOf(AppService, session),
    webhooks: clientOf(WebhookService, session),
    sendLogo: logoSender(session),
  };
}

export const sessionClient = (session: Session): Client<typeof SessionService> => clientOf(SessionService, session);

function clientOf<Service extends DescService>(
  service: Service,
  { server, token, organization }: Session,
): Client<Service> {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    if (organization !== undefined) request.header.set('x-organization', organization);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    defaultTimeoutMs: TIMEOUT_MS,
    interceptors: [authenticate],
  });
  return createClient(service, transport);
}
