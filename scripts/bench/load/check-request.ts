import { create, toBinary } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';

/** Headers of a typical API request, with the names that Envoy sends. */
const HEADERS = {
  ':authority': 'api.example.com',
  ':path': '/api/v3/feature_requests?page=2&per_page=30',
  ':method': 'GET',
  ':scheme': 'https',
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': 'roadmapper/2.4.1 (node 26.10.0; linux x64)',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-request-id': '6f1c6f0e-4a0c-4b6e-9a55-0d5a5d0f2a11',
  'x-envoy-expected-rq-timeout-ms': '15000',
};

/** A CheckRequest for a route that requires a scope, and the offset at which the token is to be written. */
export function checkRequestAround(tokenBytes: number): { readonly message: Uint8Array; readonly tokenAt: number } {
  const token = 'T'.repeat(tokenBytes);
  const message = toBinary(
    CheckRequestSchema,
    create(CheckRequestSchema, {
      attributes: {
        request: { http: { headers: { ...HEADERS, authorization: `Bearer ${token}` } } },
        contextExtensions: { 'oauth-scope': 'posts:read' },
      },
    }),
  );
  return { message, tokenAt: Buffer.from(message).indexOf(token) };
}
