/** A member requests an app, and an admin approves or dismisses the request. */
import { beforeEach, expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { newOrganization, type TestOrganization } from './support/test-organization.ts';
import type { ThirdPartyApp } from './support/third-party-app.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();
let organization: TestOrganization;
let app: ThirdPartyApp;
let member: Visitor;
let admin: Visitor;

beforeEach(async () => {
  organization = await newOrganization(bed.stack, 'Pied Piper');
  app = await bed.app({ name: 'Wanted', homepage_url: 'https://wanted.example' });
  member = await bed.browser.visitor();
  admin = await bed.browser.visitor();
});

async function request(note: string): Promise<void> {
  await member.visit(await app.authorizationUrl(), organization.member);
  await member.button('Request installation').click();
  await member.page.getByLabel('Note for the admins').fill(note);
  await member.button('Request installation').click();
  await member.page.getByRole('status').filter({ hasText: 'You requested this app' }).waitFor();
}

const openInstalls = () => admin.visit(`/installs/${organization.subdomain}`, organization.admin);

test('the admin finds the request, connects the app, and the member sees that it was approved', async () => {
  await request('For <b>everyone</b>');
  expect(await member.button('Connect').count()).toBe(0);
  await openInstalls();
  const { page } = admin;
  await page.getByRole('link', { name: 'Requests (1)' }).click();
  await page.getByText('For <b>everyone</b>').waitFor();
  await page.getByText('Read posts and their details').waitFor();
  const website = page.getByRole('link', { name: 'Open the website of Wanted' });
  expect(await website.getAttribute('href')).toBe('https://wanted.example/');

  await page.goto(await app.authorizationUrl());
  await page.getByText('Members of Pied Piper requested this app').waitFor();
  await page.getByText('Milo Modest: “For <b>everyone</b>”').waitFor();
  await admin.connect();

  await member.page.goto(await app.authorizationUrl());
  await member.page.getByText(/^An admin of Pied Piper approved your request/).waitFor();
  await openInstalls();
  await page.getByRole('link', { name: 'Requests', exact: true }).waitFor();
  expect([...member.problems, ...admin.problems]).toEqual([]);
});

test('the member sees why the request was dismissed, and can request the app again', async () => {
  await request('');
  await openInstalls();
  const { page } = admin;
  await page.getByRole('link', { name: 'Requests (1)' }).click();
  await admin.button('Dismiss').click();
  const dialog = page.getByRole('dialog', { name: 'Dismiss this request?' });
  await dialog.getByLabel('Reason').fill('We use another app');
  await dialog.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('No open requests').waitFor();

  await member.page.goto(await app.authorizationUrl());
  await member.page.getByText('We use another app').waitFor();
  await member.button('Request again').click();
  await member.button('Request installation').click();
  await member.page.getByRole('status').filter({ hasText: 'You requested this app' }).waitFor();
});

test('nothing can be requested if the policy does not allow requests', async () => {
  await bed.api.putPolicy(organization, { membersMayRequest: false });
  await member.visit(await app.authorizationUrl(), organization.member);
  await member.page.getByText("You can't connect this app").waitFor();
  expect(await member.button('Request installation').count()).toBe(0);
});
