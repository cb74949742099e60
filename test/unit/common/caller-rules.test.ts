import type { DescMethod } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { Caller } from '../../../gen/featureos/oauth/v1/access_pb.ts';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { Health } from '../../../gen/health/v1/health_pb.ts';
import type { CallerIdentity } from '../../../services/common/callers/caller.ts';
import { CallerRules } from '../../../services/common/callers/rules.ts';
import { AppError } from '../../../services/common/errors/app-error.ts';
import { generatedServices } from './generated-services.ts';
import { serviceWithRule } from './service-with-rule.ts';

type Kind = CallerIdentity['kind'];

/** The kinds of callers that each method admits. A new method fails the test until it is listed here. */
const ADMITTED: Record<string, readonly Kind[]> = {
  'featureos.oauth.v1.AppService/RegisterApp': ['user'],
  'featureos.oauth.v1.AppService/ListApps': ['user'],
  'featureos.oauth.v1.AppService/GetApp': ['user'],
  'featureos.oauth.v1.AppService/UpdateApp': ['user'],
  'featureos.oauth.v1.AppService/DeleteApp': ['user'],
  'featureos.oauth.v1.AppService/RotateAppSecret': ['user'],
  'featureos.oauth.v1.AppService/ListAppInstalls': ['user'],
  'featureos.oauth.v1.AppService/ListFailedRequests': ['user'],
  'featureos.oauth.v1.AppService/CreateSandbox': ['user'],
  'featureos.oauth.v1.ConsentService/GetAuthorizationRequest': ['user'],
  'featureos.oauth.v1.ConsentService/DecideConsent': ['user'],
  'featureos.oauth.v1.InstallService/ListInstalls': ['user'],
  'featureos.oauth.v1.InstallService/GetInstall': ['user'],
  'featureos.oauth.v1.InstallService/ListInstallActivity': ['user'],
  'featureos.oauth.v1.InstallService/Disconnect': ['user'],
  'featureos.oauth.v1.InstallPolicyService/GetInstallPolicy': ['user'],
  'featureos.oauth.v1.InstallPolicyService/PutInstallPolicy': ['user'],
  'featureos.oauth.v1.InstallRequestService/RequestInstall': ['user'],
  'featureos.oauth.v1.InstallRequestService/ListInstallRequests': ['user'],
  'featureos.oauth.v1.InstallRequestService/DismissInstallRequest': ['user'],
  'featureos.oauth.v1.OwnInstallService/ListOwnInstalls': ['user'],
  'featureos.oauth.v1.OwnInstallService/DisconnectOwnInstall': ['user'],
  'featureos.oauth.v1.IntrospectionService/Introspect': ['gateway'],
  'featureos.oauth.v1.IntrospectionService/BatchIntrospect': ['gateway'],
  'featureos.oauth.v1.DirectoryService/PutOrganization': ['platform'],
  'featureos.oauth.v1.DirectoryService/DeleteOrganization': ['platform'],
  'featureos.oauth.v1.DirectoryService/PutUser': ['platform'],
  'featureos.oauth.v1.DirectoryService/DeleteUser': ['platform'],
  'featureos.oauth.v1.DirectoryService/PutMembership': ['platform'],
  'featureos.oauth.v1.DirectoryService/DeleteMembership': ['platform'],
  'featureos.oauth.v1.DirectoryService/GetActor': ['gateway', 'platform'],
  'featureos.oauth.v1.SessionService/GetSession': ['user'],
  'featureos.oauth.v1.WebhookService/PublishEvent': ['platform'],
  'featureos.oauth.v1.WebhookService/ListHooks': ['user'],
  'featureos.oauth.v1.WebhookService/RotateHookSecret': ['user'],
  'featureos.oauth.v1.WebhookService/ListDeliveries': ['user'],
  'featureos.oauth.v1.WebhookService/ReplayDelivery': ['user'],
  'featureos.oauth.v1.WebhookService/GetDeliveryRequest': ['user'],
  'featureos.oauth.v1.WebhookService/SendTestEvent': ['user'],
  'featureos.oauth.v1.WebhookService/EnableHook': ['user'],
  'featureos.oauth.v1.OperatorService/FindApp': ['operator'],
  'featureos.oauth.v1.OperatorService/FindInstall': ['operator'],
  'featureos.oauth.v1.OperatorService/ExplainToken': ['operator'],
  'featureos.oauth.v1.OperatorService/SuspendApp': ['operator'],
  'featureos.oauth.v1.OperatorService/ResumeApp': ['operator'],
  'featureos.oauth.v1.OperatorService/SetAppVerification': ['operator'],
  'featureos.oauth.v1.OperatorService/FindOrganization': ['operator'],
  'featureos.oauth.v1.OperatorService/SuspendOrganization': ['operator'],
  'featureos.oauth.v1.OperatorService/ResumeOrganization': ['operator'],
  'featureos.oauth.v1.OperatorService/FindInstallPolicy': ['operator'],
  'featureos.oauth.v1.OperatorService/SetInstallPolicy': ['operator'],
  'featureos.oauth.v1.OperatorService/RevokeInstall': ['operator'],
  'featureos.oauth.v1.OperatorService/RevokeInstallsOfUser': ['operator'],
  'featureos.oauth.v1.OperatorService/ListAuditEvents': ['operator'],
  'featureos.oauth.v1.OperatorService/ExportAuditEvents': ['operator'],
  'featureos.oauth.v1.OperatorService/ListPendingInvalidations': ['operator'],
  'featureos.oauth.v1.OperatorService/ListPendingAppUpdates': ['operator'],
  'envoy.service.auth.v3.Authorization/Check': ['gateway'],
  'featureos.oauth.internal.v1.TokenStateService/GetTokenStates': ['introspection'],
};

const CALLERS: readonly CallerIdentity[] = [
  { kind: 'user', userId: 1 },
  { kind: 'gateway', name: 'gateway' },
  { kind: 'introspection', name: 'introspection' },
  { kind: 'operator', name: 'ann' },
  { kind: 'platform', name: 'platform' },
];

const closed = new CallerRules({ openReflection: false });
const open = new CallerRules({ openReflection: true });

/** The reason why the rules reject the call; undefined if they admit it. */
function refusal(rules: CallerRules, method: DescMethod, caller: CallerIdentity | undefined): ErrorReason | undefined {
  try {
    rules.require(method, caller);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).reason;
  }
}

const admittedKinds = (method: DescMethod): Kind[] =>
  CALLERS.filter((caller) => refusal(closed, method, caller) === undefined).map(({ kind }) => kind);

test('every method of every service admits exactly the kinds of callers in ADMITTED', async () => {
  const methods = (await generatedServices()).flatMap((service) => service.methods);
  const actual = methods.map((method) => [`${method.parent.typeName}/${method.name}`, admittedKinds(method)]);
  expect(Object.fromEntries(actual)).toEqual(ADMITTED);
});

test('a caller of another kind is not allowed, and a missing caller is unauthenticated', async () => {
  for (const method of (await generatedServices()).flatMap((service) => service.methods)) {
    expect(refusal(closed, method, undefined)).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
    expect(refusal(open, method, undefined)).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
    const admitted = admittedKinds(method);
    for (const caller of CALLERS.filter(({ kind }) => !admitted.includes(kind))) {
      expect(refusal(closed, method, caller)).toBe(ErrorReason.CALLER_NOT_ALLOWED);
    }
  }
});

test.each([
  ['no rule', undefined],
  ['an empty rule', []],
  ['the rule CALLER_UNSPECIFIED', [Caller.UNSPECIFIED]],
  ['a rule for a kind that this version does not know', [99 as Caller]],
])('a method with %s rejects everyone', (_case, rule) => {
  const method = serviceWithRule(rule).methods[0] as DescMethod;
  for (const rules of [closed, open]) {
    expect(refusal(rules, method, undefined)).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
    for (const caller of CALLERS) expect(refusal(rules, method, caller)).toBe(ErrorReason.CALLER_NOT_ALLOWED);
  }
});

test('health is open to everyone', () => {
  for (const method of Health.methods) {
    for (const caller of [undefined, ...CALLERS]) expect(refusal(closed, method, caller)).toBeUndefined();
  }
});

test('reflection admits any authenticated caller, and anonymous callers only if it is open', () => {
  const { serverReflectionInfo: method } = ServerReflection.method;
  for (const caller of CALLERS) expect(refusal(closed, method, caller)).toBeUndefined();
  expect(refusal(closed, method, undefined)).toBe(ErrorReason.CALLER_UNAUTHENTICATED);
  expect(refusal(open, method, undefined)).toBeUndefined();
});
