import { expect, test } from 'vitest';
import { InstallOrder } from '../../../gen/featureos/oauth/v1/install_service_pb.ts';
import { filterFrom } from '../../../services/web/src/installs/filter-query.ts';
import { NO_FILTER } from '../../../services/web/src/installs/use-installs.ts';

const filterOf = (query: string) => filterFrom(new URLSearchParams(query));

test('the URL of the list of installs sets its order', () => {
  expect(filterOf('order=name').order).toBe(InstallOrder.APP_NAME);
  expect(filterOf('order=least_recently_used').order).toBe(InstallOrder.LEAST_RECENTLY_USED);
});

test.each(['constructor', '__proto__', 'toString', 'unknown', ''])('ignores the order %j', (order) => {
  expect(filterOf(`order=${order}&show=${order}&access=${order}`)).toEqual(NO_FILTER);
});
