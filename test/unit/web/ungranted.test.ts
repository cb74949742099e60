import { expect, test } from 'vitest';
import { SCOPE_CATALOG } from '../../../services/common/scopes/catalog.ts';
import { describeUngranted } from '../../../services/web/src/scopes/ungranted.ts';

const all = SCOPE_CATALOG.map(({ name }) => name);
const without = (...names: string[]) => all.filter((name) => !names.includes(name));

test('is empty for an app that may do everything', () => {
  expect(describeUngranted(all)).toEqual([]);
});

test('has a phrase for each resource, personal data first', () => {
  expect(describeUngranted([])).toEqual([
    'See or change customers',
    'See or change members of your organization',
    'See or change posts',
    'See or change comments',
    'See or change votes',
    'See or change the changelog',
    'See the roadmap',
    'See or change help articles',
    'See or change tags',
    'See collections',
    'Register a webhook URL and receive events',
  ]);
});

test('names the missing permissions of a resource', () => {
  expect(describeUngranted(without('posts:write', 'votes:read'))).toEqual(['Change posts', 'See votes']);
});
