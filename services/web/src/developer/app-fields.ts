import { create, type Message } from '@bufbuild/protobuf';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { type App, type RegisterAppRequest, RegisterAppRequestSchema } from '#gen/featureos/oauth/v1/app_pb.ts';
import { isGrantedEvent } from '../scopes/describe.ts';

/** WebhookForm has these fields, AppForm the others. */
const WEBHOOK_FIELDS = ['webhookUrl', 'subscribedWebhookEvents'] as const;
const FORM_FIELDS = RegisterAppRequestSchema.fields
  .map(({ localName }) => localName)
  .filter((name) => !WEBHOOK_FIELDS.some((other) => other === name));

/** The values of AppForm: the fields of a registration, except those of webhooks. */
export type AppFields = Omit<RegisterAppRequest, keyof Message | (typeof WEBHOOK_FIELDS)[number]>;

/** The fields as UpdateApp takes them. Lists are in a message, so that an empty list differs from an unset one. */
type AppChange = {
  [Name in keyof AppFields]: AppFields[Name] extends (infer Item)[] ? { values: Item[] } : AppFields[Name];
};

export const fieldsOf = (app: App | RegisterAppRequest) =>
  Object.fromEntries(FORM_FIELDS.map((name) => [name, app[name as keyof AppFields]])) as unknown as AppFields;

export const changeOf = (fields: AppFields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? { values: value } : value]),
  ) as AppChange;

export const NEW_APP = fieldsOf(
  create(RegisterAppRequestSchema, { allowedActorModes: [ActorMode.APP], requirePkce: true }),
);

export const linesOf = (input: string): string[] =>
  input
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What existing installs lose permanently if the app is changed. */
export interface Narrowing {
  readonly scopes: readonly string[];
  readonly modes: readonly ActorMode[];
  readonly events: readonly string[];
}

/** The fields of an app that limit what its installs have. */
export type Limits = Pick<App, 'declaredScopes' | 'allowedActorModes' | 'subscribedWebhookEvents'>;

/** What existing installs lose by the change; undefined if nothing. */
export function narrowingOf(before: Limits, after: Limits): Narrowing | undefined {
  const lost = <Item>(from: readonly Item[], to: readonly Item[]) => from.filter((item) => !to.includes(item));
  const narrowing = {
    scopes: lost(before.declaredScopes, after.declaredScopes),
    modes: lost(before.allowedActorModes, after.allowedActorModes),
    events: lost(before.subscribedWebhookEvents, after.subscribedWebhookEvents).filter(isGrantedEvent),
  };
  return Object.values(narrowing).some((items) => items.length > 0) ? narrowing : undefined;
}
