import { Authorization } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { IntrospectionService } from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { generatedServices } from '../../unit/common/generated-services.ts';

/** The public services of each server. Those of auth-server are found in gen/, so that a new one is tested too. */
export const INTROSPECTION_SERVICES = [IntrospectionService, Authorization];
export const AUTH_SERVER_SERVICES = (await generatedServices()).filter(
  ({ typeName }) => typeName.startsWith('featureos.oauth.v1.') && typeName !== IntrospectionService.typeName,
);
