import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CheckRequestSchema,
  CheckResponse,
  DeniedHttpResponse,
  OkHttpResponse,
} from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';

/** A request to a route with this `oauth-scope`, as Envoy encodes it. */
export function checkRequest(
  headers: Record<string, string>,
  scope: string | undefined,
): MessageInitShape<typeof CheckRequestSchema> {
  return {
    attributes: {
      request: {
        http: { headers: { ':method': 'GET', ':path': '/api/v3/posts?page=2', host: 'api.example', ...headers } },
      },
      contextExtensions: scope === undefined ? { team: 'posts' } : { team: 'posts', 'oauth-scope': scope },
    },
  };
}

/** The same with Envoy's `encode_raw_headers`, and with no other headers. */
export function rawCheckRequest(
  headers: readonly (readonly [string, string])[],
  scope: string,
): MessageInitShape<typeof CheckRequestSchema> {
  const raw = headers.map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') }));
  return {
    attributes: { request: { http: { headerMap: { headers: raw } } }, contextExtensions: { 'oauth-scope': scope } },
  };
}

export function okOf({ httpResponse }: CheckResponse): OkHttpResponse {
  if (httpResponse.case !== 'okResponse') throw new Error(`not allowed: ${JSON.stringify(httpResponse.value)}`);
  return httpResponse.value;
}

export function deniedOf({ httpResponse }: CheckResponse): DeniedHttpResponse {
  if (httpResponse.case !== 'deniedResponse') throw new Error('not denied');
  return httpResponse.value;
}

/** Applies the response to a request's headers, in the order of Envoy's ext_authz filter. */
export function upstreamHeaders(
  sent: Readonly<Record<string, string>>,
  { headers, headersToRemove }: OkHttpResponse,
): Record<string, string> {
  const upstream: Record<string, string> = { ...sent };
  for (const { header } of headers) if (header !== undefined) upstream[header.key] = header.value;
  for (const name of headersToRemove) delete upstream[name];
  return upstream;
}
