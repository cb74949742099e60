import { expect, test } from 'vitest';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { diffGrant } from '../../../services/web/src/consent/difference.ts';

const CURRENT = {
  actor: ActorMode.SELF,
  userId: 2n,
  grantedScopes: ['posts:read', 'comments:read'],
  grantedWebhookEvents: ['post_created'],
};
const SAME = {
  actor: ActorMode.SELF,
  userId: 2n,
  scopes: ['posts:read', 'comments:read'],
  events: ['post_created'],
};

test('finds no difference for the same grant', () => {
  expect(diffGrant(CURRENT, SAME).isEmpty).toBe(true);
});

test('lists gained and lost scopes and events', () => {
  const difference = diffGrant(CURRENT, { ...SAME, scopes: ['posts:read', 'posts:write'], events: [] });
  expect(difference).toMatchObject({
    gainedScopes: ['posts:write'],
    lostScopes: ['comments:read'],
    gainedEvents: [],
    lostEvents: ['post_created'],
    isEmpty: false,
  });
});

test('reports a change from user to bot as a change of mode only', () => {
  expect(diffGrant(CURRENT, { ...SAME, actor: ActorMode.APP, userId: 3n })).toMatchObject({
    changesMode: true,
    changesUser: false,
  });
});

test('reports a change of user', () => {
  expect(diffGrant(CURRENT, { ...SAME, userId: 3n })).toMatchObject({ changesMode: false, changesUser: true });
});
