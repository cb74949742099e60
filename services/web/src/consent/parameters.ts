import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AuthorizationParametersSchema } from '#gen/featureos/oauth/v1/consent_service_pb.ts';

export type Parameters = MessageInitShape<typeof AuthorizationParametersSchema>;

/** The authorization request, from the query string of the page. */
export function readParameters(query: URLSearchParams): Parameters {
  const first = (name: string) => query.get(name) ?? '';
  return {
    clientId: first('client_id'),
    redirectUri: first('redirect_uri'),
    scope: first('scope'),
    actor: first('actor'),
    state: first('state'),
    codeChallenge: first('code_challenge'),
    codeChallengeMethod: first('code_challenge_method'),
    responseType: first('response_type'),
    request: first('request'),
    requestUri: first('request_uri'),
    responseMode: first('response_mode'),
    prompt: first('prompt'),
    resource: query.getAll('resource'),
    // RFC 8707 section 2 allows `resource` to be repeated.
    duplicateParameters: [...new Set(query.keys())].filter(
      (name) => name !== 'resource' && query.getAll(name).length > 1,
    ),
  };
}
