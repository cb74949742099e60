import type { AuthorizationParameters as ProtoParameters } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import type { AuthorizationParameters } from '../domain/consent/authorization-request.ts';

/** Unset fields count as missing parameters. */
export function fromProtoParameters(parameters: ProtoParameters | undefined): AuthorizationParameters {
  return {
    client_id: parameters?.clientId ?? '',
    redirect_uri: parameters?.redirectUri ?? '',
    scope: parameters?.scope ?? '',
    actor: parameters?.actor ?? '',
    state: parameters?.state ?? '',
    code_challenge: parameters?.codeChallenge ?? '',
    code_challenge_method: parameters?.codeChallengeMethod ?? '',
    response_type: parameters?.responseType ?? '',
    request: parameters?.request ?? '',
    request_uri: parameters?.requestUri ?? '',
    response_mode: parameters?.responseMode ?? '',
    prompt: parameters?.prompt ?? '',
    resources: parameters?.resource.filter((value) => value !== '') ?? [],
    duplicates: parameters?.duplicateParameters ?? [],
  };
}
