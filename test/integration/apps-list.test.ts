import { beforeAll, expect, test } from 'vitest';
import { expectError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin } from '../support/world.ts';

const bed = testBed();
const COUNT = 35;

let owner: OrganizationWithAdmin;
/** Newest first. */
let clientIds: string[];

const list = (query = '') => bed.world.asAdmin(owner, 'GET', `/oauth/apps${query}`);
const idsOf = (response: { body: { apps: { client_id: string }[] } }) => response.body.apps.map((app) => app.client_id);

beforeAll(async () => {
  owner = await bed.world.newOrganization();
  clientIds = [];
  for (let at = 0; at < COUNT; at++) {
    clientIds.unshift((await bed.world.registerApp({ name: `App ${at}` }, owner)).clientId);
  }
});

test('the list has the 30 newest apps, newest first', async () => {
  const response = await list();
  expect(response.status).toBe(200);
  expect(Object.keys(response.body)).toEqual(['apps']);
  expect(idsOf(response)).toEqual(clientIds.slice(0, 30));
});

test('pages have no gaps, and the list ends with an empty page', async () => {
  expect(idsOf(await list('?page=2'))).toEqual(clientIds.slice(30));
  expect(idsOf(await list('?page=2&per_page=10'))).toEqual(clientIds.slice(10, 20));
  expect(idsOf(await list('?page=4&per_page=10'))).toEqual(clientIds.slice(30));
  expect(idsOf(await list('?page=3'))).toEqual([]);
});

test('per_page is at most 100', async () => {
  expect(idsOf(await list('?per_page=100'))).toEqual(clientIds);
  expectError(await list('?per_page=101'), 400);
});

test('a listed app equals the app as a single resource', async () => {
  const { body } = await list('?per_page=1');
  const single = await bed.world.asAdmin(owner, 'GET', `/oauth/apps/${clientIds[0]}`);
  expect(body.apps).toEqual([single.body.app]);
});

test('a deleted app is no longer listed', async () => {
  await bed.world.asAdmin(owner, 'DELETE', `/oauth/apps/${clientIds.shift()}`);
  expect(idsOf(await list('?per_page=100'))).toEqual(clientIds);
});
