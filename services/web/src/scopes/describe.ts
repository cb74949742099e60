import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { text } from '../text.ts';

/** Required for a webhook URL and for events. */
export const WEBHOOK_SCOPE = 'webhooks:manage';

const BY_NAME = new Map(SCOPE_CATALOG.map((scope) => [scope.name, scope]));

export interface DescribedScope {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly sensitive: boolean;
}

/** From the catalog. A scope that is newer than these pages is described by its name. */
export const describeScope = (name: string): DescribedScope =>
  BY_NAME.get(name) ?? { name, description: name, example: '', sensitive: false };

export const describeEvent = (name: string): string => text.events[name] ?? text.lifecycleEvents[name] ?? name;

/** Whether organizations grant the event. They do not grant lifecycle events, so removing those takes nothing from an install. */
export const isGrantedEvent = (name: string): boolean => !Object.hasOwn(text.lifecycleEvents, name);
