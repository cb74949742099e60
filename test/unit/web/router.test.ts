import { expect, test } from 'vitest';
import { matchPath } from '../../../services/web/src/routing/match-path.ts';

test.each([
  ['/apps/:organization', '/apps/acme', { organization: 'acme' }],
  ['/apps/:organization', '/apps/acme/', { organization: 'acme' }],
  ['/apps/:organization/new', '/apps/acme/new', { organization: 'acme' }],
  ['/apps/:organization', '/apps/a%2Fb', { organization: 'a/b' }],
  ['/apps/:organization', '/apps', undefined],
  ['/apps/:organization', '/apps/acme/new', undefined],
  ['/apps/:organization/new', '/apps/acme/old', undefined],
  ['/apps/:organization', '/apps/%E0%A4%A', undefined],
])('%s of %s', (pattern, path, parts) => {
  expect(matchPath(pattern, path)).toEqual(parts);
});
