import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { isGrantedEvent } from '../scopes/describe.ts';

/** The values of the app form. */
export interface AppFields {
  readonly name: string;
  /** One per line. */
  readonly redirectUris: string;
  readonly modes: ReadonlySet<ActorMode>;
  readonly scopes: ReadonlySet<string>;
  readonly requirePkce: boolean;
}

export const NEW_APP: AppFields = {
  name: '',
  redirectUris: '',
  modes: new Set([ActorMode.APP]),
  scopes: new Set(),
  requirePkce: true,
};

export const fieldsOf = (app: App): AppFields => ({
  name: app.name,
  redirectUris: app.redirectUris.join('\n'),
  modes: new Set(app.allowedActorModes),
  scopes: new Set(app.declaredScopes),
  requirePkce: app.requirePkce,
});

export const linesOf = (lines: string): string[] =>
  lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What existing installs lose permanently if the app is changed. */
export interface Narrowing {
  readonly scopes: readonly string[];
  readonly modes: readonly ActorMode[];
  readonly events: readonly string[];
}

/** What limits the grants of all installs. */
export type Limits = Pick<App, 'declaredScopes' | 'allowedActorModes' | 'subscribedWebhookEvents'>;

/** Undefined if nothing is removed. */
export function narrowingOf(before: Limits, after: Limits): Narrowing | undefined {
  const lost = <Item>(from: readonly Item[], to: readonly Item[]) => from.filter((item) => !to.includes(item));
  const narrowing = {
    scopes: lost(before.declaredScopes, after.declaredScopes),
    modes: lost(before.allowedActorModes, after.allowedActorModes),
    events: lost(before.subscribedWebhookEvents, after.subscribedWebhookEvents).filter(isGrantedEvent),
  };
  return Object.values(narrowing).some((items) => items.length > 0) ? narrowing : undefined;
}
