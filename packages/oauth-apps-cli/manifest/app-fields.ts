import { fromJson, type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf';
import { ActorMode, ActorModeSchema } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import {
  type App,
  AppSchema,
  type RegisterAppRequest,
  RegisterAppRequestSchema,
  type UpdateAppRequest,
  UpdateAppRequestSchema,
} from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { usageError } from '../exit-codes.ts';

/** Fields of an app, as in the HTTP API. Those that are not set are unchanged, or have their defaults in a new app. */
export type AppFields = Readonly<Record<string, string | boolean | null | readonly string[]>>;

export const FIELD_NAMES: readonly string[] = RegisterAppRequestSchema.fields.map(({ name }) => name);

/** The current values of all FIELD_NAMES. */
export function fieldsOf(app: App): AppFields {
  const json = toJson(AppSchema, app, { useProtoFieldName: true, alwaysEmitImplicit: true }) as JsonObject;
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, fromProto(name, json[name] as JsonValue)])) as AppFields;
}

/** Throws for a field that does not exist or has another type, and for an unknown actor mode. The server validates the rest. */
export function toRegisterRequest(fields: AppFields): RegisterAppRequest {
  return parse(() => fromJson(RegisterAppRequestSchema, toProto(fields)));
}

/** Like toRegisterRequest, for a change: has only the fields that are set. */
export function toUpdateRequest(clientId: string, fields: AppFields): UpdateAppRequest {
  const entries = Object.entries(toProto(fields)).map(([name, value]) => [
    name,
    Array.isArray(value) ? { values: value } : value,
  ]);
  return parse(() => fromJson(UpdateAppRequestSchema, { ...Object.fromEntries(entries), client_id: clientId }));
}

const MODE_PREFIX = 'ACTOR_MODE_';
const MODES = ActorModeSchema.values
  .filter(({ number }) => number !== ActorMode.UNSPECIFIED)
  .map(({ name }) => name.slice(MODE_PREFIX.length).toLowerCase());

function toProto(fields: AppFields): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === 'allowed_actor_modes' && Array.isArray(value)) {
        return [name, value.map(toProtoMode)];
      }
      return [name, value ?? ''];
    }),
  ) as JsonObject;
}

function fromProto(name: string, value: JsonValue): JsonValue {
  if (name === 'allowed_actor_modes' && Array.isArray(value)) {
    return value.map((mode) => String(mode).slice(MODE_PREFIX.length).toLowerCase());
  }
  return value === '' ? null : value;
}

function toProtoMode(mode: string): string {
  if (!MODES.includes(mode)) throw usageError(`allowed_actor_modes: ${mode} is not one of ${MODES.join(', ')}`);
  return MODE_PREFIX + mode.toUpperCase();
}

function parse<Message>(read: () => Message): Message {
  try {
    return read();
  } catch (error) {
    throw usageError((error as Error).message.replace(/^cannot decode \S+ from JSON: /, 'A field is invalid: '));
  }
}
