/** Verification with the stock library of Standard Webhooks. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Received, Receiver, verify } from '../support/receiver.ts';
import { testBed } from '../support/test-bed.ts';
import type { RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
/** The default of the library, stated in docs/guide/webhooks.md. */
const TOLERANCE_MS = 5 * 60_000;

const hooks = new Hooks(bed);
let receiver: Receiver;
let app: RegisteredApp;
let hookId: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  app = await hooks.registerApp(receiver.url);
  await bed.world.install(app);
  hookId = (await hooks.installHookOf(app)).id;
});
afterAll(() => receiver?.stop());

async function receive(): Promise<Received> {
  const before = receiver.received.length;
  await hooks.publish({ data: { title: 'Ä “quoted” \u2028 text' } });
  return (await receiver.waitFor(before + 1)).at(-1) as Received;
}

const verifyNow = (secret: string, received: Pick<Received, 'headers' | 'body'>) =>
  verify(secret, received, clock.now());

test('a delivery verifies, an altered one does not', async () => {
  const secret = await hooks.rotate(hookId);
  const received = await receive();
  expect(verifyNow(secret, received)).toEqual(received.event);
  const { body, headers } = received;
  const alterations: Pick<Received, 'headers' | 'body'>[] = [
    { headers, body: body.replace('post_created', 'post_updated') },
    { headers, body: `${body} ` },
    { headers: { ...headers, 'webhook-id': '01890000-0000-7000-8000-000000000000' }, body },
    { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }, body },
    { headers: { ...headers, 'webhook-signature': 'v1,AAAA' }, body },
    { headers: { ...headers, 'webhook-signature': '' }, body },
  ];
  for (const altered of alterations) expect(() => verifyNow(secret, altered)).toThrow();
});

test('the library rejects a delivery whose timestamp is outside of the tolerance', async () => {
  const secret = await hooks.rotate(hookId);
  const received = await receive();
  const sentAt = Number(received.headers['webhook-timestamp']) * 1_000;
  expect(verify(secret, received, sentAt + TOLERANCE_MS)).toEqual(received.event);
  expect(() => verify(secret, received, sentAt + TOLERANCE_MS + 1_000)).toThrow('too old');
  expect(() => verify(secret, received, sentAt - TOLERANCE_MS - 1_000)).toThrow('too new');
});

test('during the overlap of a rotation both secrets verify, after it only the new one', async () => {
  const old = await hooks.rotate(hookId);
  const current = await hooks.rotate(hookId, 3_600);
  expect(current).not.toBe(old);
  const during = await receive();
  for (const secret of [old, current]) expect(verifyNow(secret, during)).toEqual(during.event);
  expect(String(during.headers['webhook-signature']).split(' ')).toHaveLength(2);

  clock.advance(3_600);
  const after = await receive();
  expect(verifyNow(current, after)).toEqual(after.event);
  expect(() => verifyNow(old, after)).toThrow('No matching signature');
});

test('a rotation without overlap ends the old secret at once', async () => {
  const old = await hooks.rotate(hookId);
  const current = await hooks.rotate(hookId);
  const received = await receive();
  expect(verifyNow(current, received)).toEqual(received.event);
  expect(() => verifyNow(old, received)).toThrow('No matching signature');
});

test('after several rotations with overlap only the last two secrets verify', async () => {
  const secrets: string[] = [];
  for (let at = 0; at < 4; at++) secrets.push(await hooks.rotate(hookId, 604_800));
  const received = await receive();
  const verifying = secrets.filter((secret) => {
    try {
      return verifyNow(secret, received) !== undefined;
    } catch {
      return false;
    }
  });
  expect(verifying).toEqual(secrets.slice(-2));
});

test('the secret of one hook does not verify deliveries of another', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.installInto(other, app);
  const list = await hooks.list(app);
  const otherHook = list.find(({ organization }) => organization?.id === Number(other.id));
  const secret = await hooks.rotate(hookId);
  await hooks.publish({ organizationId: other.id });
  const [received] = (await receiver.waitFor(1, (each) => each.hookId === otherHook.id)) as [Received];
  expect(() => verifyNow(secret, received)).toThrow('No matching signature');
});
