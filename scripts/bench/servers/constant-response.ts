import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { type Identity, identityOf } from '../../../services/introspection/authorization/identity.ts';
import { CheckResponseEncoder } from '../../../services/introspection/rpc/check-response-encoder.ts';

export const INTROSPECT_PATH = `/${IntrospectionService.typeName}/Introspect`;
export const CHECK_PATH = `/${Authorization.typeName}/Check`;

/** The response of the constant servers: about as long as a real one, and it passes the load generator's check. */
export const RESPONSE = create(IntrospectResponseSchema, {
  active: true,
  clientId: 'foapp_0123456789abcdefghijkl',
  installId: '0190b5a4-0000-7000-8000-000000000001',
  organization: { id: 1_000_001n, subdomain: 'bench-1000001' },
  actor: { mode: ActorMode.APP, userId: 1_000_000_000_001n },
  scopes: ['posts:read', 'posts:write', 'comments:read'],
  issuedAt: timestampFromMs(1_700_000_000_123),
  expiresAt: timestampFromMs(1_700_086_400_123),
});

export const RESPONSE_BYTES = Buffer.from(toBinary(IntrospectResponseSchema, RESPONSE));

/** The CheckResponse that allows a request with the identity of RESPONSE. */
export const CHECK_RESPONSE_BYTES = new CheckResponseEncoder(false).allowed(identityOf(RESPONSE_BYTES) as Identity);
