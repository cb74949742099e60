import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { text } from '../text.ts';

/** Without it an app has neither an address for events nor events. */
export const WEBHOOK_SCOPE = 'webhooks:manage';

const BY_NAME = new Map(SCOPE_CATALOG.map((scope) => [scope.name, scope]));

export interface DescribedScope {
  readonly name: string;
  readonly description: string;
  readonly sensitive: boolean;
}

/** The catalog's words; a scope that is newer than these pages is shown by its name. */
export const describeScope = (name: string): DescribedScope =>
  BY_NAME.get(name) ?? { name, description: name, sensitive: false };

export const describeEvent = (name: string): string => text.events[name] ?? text.lifecycleEvents[name] ?? name;

/** Whether installs grant it; the others tell an app of its own installs, and taking them away costs no install anything. */
export const isGrantedEvent = (name: string): boolean => !Object.hasOwn(text.lifecycleEvents, name);
