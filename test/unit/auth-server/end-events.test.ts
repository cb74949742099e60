import { expect, test } from 'vitest';
import type { AuditEvent, AuditFilter, AuditStore } from '../../../services/auth-server/domain/audit-store.ts';
import { sandboxIdOf } from '../../../services/auth-server/domain/directory/sandbox.ts';
import { asOrganizationId, asUserId } from '../../../services/auth-server/domain/ids.ts';
import { EndEvents } from '../../../services/auth-server/domain/token/end-events.ts';
import type { ExplainedPair } from '../../../services/auth-server/domain/token/token-store.ts';

const OWNER = asOrganizationId(7);
const SANDBOX = sandboxIdOf(OWNER);
const USER = asUserId(3);

type Recorded = Pick<AuditEvent, 'id' | 'action' | 'details'>;

/**
 * Finds the events about a pair in `SANDBOX`. The audit log has only `recorded`, newest first: events of `OWNER`, and
 * deletions of users, which belong to no organization.
 */
function eventsIn(recorded: readonly Recorded[]): EndEvents {
  const list = async ({ action, organizationId }: AuditFilter): Promise<readonly Recorded[]> =>
    recorded.filter(
      (event) => event.action === action && organizationId === (action === 'user.deleted' ? null : OWNER),
    );
  const pair = { organizationId: SANDBOX, installedBy: USER, userDeletedAt: null } as ExplainedPair;
  return new EndEvents({ list } as unknown as AuditStore, pair);
}

test.for<[action: string, find: (events: EndEvents) => Promise<AuditEvent | undefined>]>([
  ['organization.suspended', (events) => events.ofOrganizationSuspension(SANDBOX)],
  ['membership.deleted', (events) => events.ofUser()],
  ['organization.deleted', (events) => events.ofEnd('organization_deleted', new Date())],
])('finds the event %s of a sandbox under the organization that owns it', async ([action, find]) => {
  const events = eventsIn([{ id: 1, action, details: { user_id: String(USER) } }]);
  expect(await find(events)).toMatchObject({ action });
});

test('finds the deletion of the user among those of the same millisecond', async () => {
  const userDeletedAt = new Date(1_000);
  const deleted = (userId: number) => ({ action: 'user.deleted', details: { user_id: String(userId) } });
  const list = async ({ occurredFrom }: AuditFilter) =>
    occurredFrom === userDeletedAt ? [deleted(4), deleted(USER)] : [];
  const pair = { organizationId: OWNER, installedBy: USER, userDeletedAt } as ExplainedPair;
  const events = new EndEvents({ list } as unknown as AuditStore, pair);
  expect(await events.ofUser()).toEqual(deleted(USER));
});

const userEvent = (id: number, action: string, user: number = USER): Recorded => ({
  id,
  action,
  details: { user_id: String(user) },
});

test.for<[name: string, recorded: readonly Recorded[], id: number]>([
  ['deleted, then put again', [userEvent(2, 'user.deleted'), userEvent(1, 'membership.deleted')], 2],
  [
    'deleted, put again as a member, then removed',
    [userEvent(3, 'membership.deleted'), userEvent(2, 'user.deleted')],
    3,
  ],
  [
    'removed, before another user was deleted',
    [userEvent(3, 'user.deleted', 4), userEvent(1, 'membership.deleted')],
    1,
  ],
])('finds what ended the membership of a user who was %s', async ([, recorded, id]) => {
  expect(await eventsIn(recorded).ofUser()).toMatchObject({ id });
});

const put = (id: number, status: string, previous: string): Recorded => ({
  id,
  action: 'organization.put',
  details: { status, previous_status: previous },
});
const suspendedByOperator = (id: number): Recorded => ({ id, action: 'organization.suspended', details: {} });

test.for<[name: string, recorded: readonly Recorded[], id: number]>([
  ['the platform', [put(3, 'suspended', 'suspended'), put(2, 'suspended', 'active')], 2],
  [
    'an operator, although the platform has put it since',
    [put(3, 'suspended', 'suspended'), suspendedByOperator(2)],
    2,
  ],
  [
    'an operator after the platform',
    [suspendedByOperator(3), put(2, 'active', 'suspended'), put(1, 'suspended', 'active')],
    3,
  ],
  ['the platform after an operator', [put(3, 'suspended', 'active'), suspendedByOperator(1)], 3],
])('finds the suspension of an organization by %s', async ([, recorded, id]) => {
  expect(await eventsIn(recorded).ofOrganizationSuspension(OWNER)).toMatchObject({ id });
});
