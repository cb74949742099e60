import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { text } from '../text.ts';

/** What an app with these permissions cannot do, a phrase for each resource; personal data first. */
export function describeUngranted(granted: readonly string[]): readonly string[] {
  const ungranted = SCOPE_CATALOG.filter(({ name }) => !granted.includes(name));
  const inOrder = [...ungranted].sort((one, other) => Number(other.sensitive) - Number(one.sensitive));
  const byResource = Map.groupBy(inOrder, ({ name }) => name.split(':')[0] ?? '');
  return [...byResource].flatMap(([resource, scopes]) => {
    const noun = text.resources[resource];
    const actions = scopes.map(({ name }) => name.split(':')[1]);
    // Webhooks, or another resource without a noun in text.resources: the descriptions of its scopes.
    if (noun === undefined) return scopes.map(({ description }) => description);
    if (actions.includes('read') && actions.includes('write')) return text.ungranted.seeOrChange(noun);
    return actions.includes('read') ? text.ungranted.see(noun) : text.ungranted.change(noun);
  });
}
