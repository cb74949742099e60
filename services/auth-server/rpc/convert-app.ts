import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import {
  AppSchema,
  AppStatus,
  type App as ProtoApp,
  type RegisterAppRequest,
  type UpdateAppRequest,
} from '#gen/featureos/oauth/v1/app_pb.ts';
import type { AppWithSecrets } from '../domain/app/app.ts';
import {
  APP_FIELD_NAMES,
  APP_FIELDS,
  type AppColumns,
  type AppFieldName,
  type AppFields,
} from '../domain/app/app-fields.ts';
import { logoPath } from '../domain/app/app-profile.ts';
import type { ListedFailure } from '../domain/app/failed-request-store.ts';
import { type CamelCase, camelCase } from '../domain/camel-case.ts';
import { fromProtoActorMode, toProtoActorMode, toProtoOrganizationRef } from './convert.ts';
import { toProtoVerification } from './convert-profile.ts';

type ProtoFields = Pick<ProtoApp, keyof AppFields>;
type Request = RegisterAppRequest | UpdateAppRequest;

export function toProtoApp(app: AppWithSecrets): ProtoApp {
  return create(AppSchema, {
    clientId: app.clientId,
    ...toProtoFields(app),
    ownerOrganization: toProtoOrganizationRef(app.ownerOrganization),
    logoPath: logoPath(app.logoHash) ?? '',
    logoSourceSha256: app.logoSourceHash ?? '',
    verification: toProtoVerification(app.verification),
    status: app.status === 'active' ? AppStatus.ACTIVE : AppStatus.SUSPENDED,
    createdAt: timestampFromDate(app.createdAt),
    updatedAt: timestampFromDate(app.updatedAt),
    secrets: app.secrets.map(({ hint, createdAt, lastUsedAt, expiresAt }) => ({
      hint,
      createdAt: timestampFromDate(createdAt),
      ...(lastUsedAt && { lastUsedAt: timestampFromDate(lastUsedAt) }),
      ...(expiresAt && { expiresAt: timestampFromDate(expiresAt) }),
    })),
  });
}

export const toProtoFailedRequest = ({ description, organization, lastFailedAt, ...failure }: ListedFailure) => ({
  ...failure,
  errorDescription: description,
  lastFailedAt: timestampFromDate(lastFailedAt),
  ...(organization && { organization: toProtoOrganizationRef(organization) }),
});

/** The fields of a request, as AppFieldRules takes them; without those that an UpdateAppRequest does not set. */
export function fromProtoFields(request: Request): Partial<Record<AppFieldName, unknown>> {
  const values = APP_FIELD_NAMES.map((name) => [name, request[camelCase(name)]] as const);
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value === undefined ? [] : [[name, fromProtoValue(name, value)]])),
  );
}

/** Converts actor modes, which are enums in proto, and null. All other fields have the same type. */
function toProtoFields(app: AppFields): ProtoFields {
  return { ...nullAsEmpty(app), allowedActorModes: app.allowedActorModes.map(toProtoActorMode) };
}

function fromProtoValue(name: AppFieldName, value: NonNullable<Request[keyof AppFields]>): unknown {
  // In an UpdateAppRequest a list is a message, so that an empty list differs from an unset one.
  const plain = typeof value === 'object' && !Array.isArray(value) ? value.values : value;
  if (name === 'allowed_actor_modes') return toModeNames(plain as ProtoActorMode[]);
  return plain === '' && APP_FIELDS[name].safeParse(null).success ? null : plain;
}

/** Proto has no null: a text that is null becomes empty. */
function nullAsEmpty(app: AppFields) {
  const entries = APP_FIELD_NAMES.map(camelCase).map((name) => [name, app[name] ?? '']);
  return Object.fromEntries(entries) as { [Name in AppFieldName as CamelCase<Name>]: NonNullable<AppColumns[Name]> };
}

/** An unknown mode becomes a name that validation rejects. */
const toModeNames = (modes: ProtoActorMode[]) =>
  modes.map((mode) => fromProtoActorMode(mode) ?? `unknown mode ${mode}`);
