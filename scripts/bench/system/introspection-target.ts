import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Expectation, Payload, Target } from '../load/job.ts';
import { CHECK_PATH, INTROSPECT_PATH } from '../servers/constant-response.ts';

const BATCH_PATH = `/${IntrospectionService.typeName}/BatchIntrospect`;
const PATHS: Partial<Record<Payload['kind'], string>> = { check: CHECK_PATH, batch: BATCH_PATH };

/** Introspection requests of a gateway to a server on that port. */
export function introspectionTarget(port: number, serviceToken: string, payload: Payload, expect: Expectation): Target {
  return {
    protocol: 'http2',
    port,
    path: PATHS[payload.kind] ?? INTROSPECT_PATH,
    fields: {
      te: 'trailers',
      'content-type': 'application/grpc+proto',
      'user-agent': 'bench',
      authorization: `Bearer ${serviceToken}`,
    },
    payload,
    expect,
  };
}

/** The port of the first of a comma-separated list of host:port. */
export const firstPort = (addresses: string): number => Number(/^[^,]*:(\d+)/.exec(addresses)?.[1]);
