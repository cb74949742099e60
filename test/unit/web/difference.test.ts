import { expect, test } from 'vitest';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { differenceTo } from '../../../services/web/src/consent/difference.ts';

const STANDING = {
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

test('the same grant changes nothing', () => {
  expect(differenceTo(STANDING, SAME).isEmpty).toBe(true);
});

test('gains and losses are told apart', () => {
  const difference = differenceTo(STANDING, { ...SAME, scopes: ['posts:read', 'posts:write'], events: [] });
  expect(difference).toMatchObject({
    gainedScopes: ['posts:write'],
    lostScopes: ['comments:read'],
    gainedEvents: [],
    lostEvents: ['post_created'],
    isEmpty: false,
  });
});

test('a bot instead of a person is a change, whoever the person is', () => {
  expect(differenceTo(STANDING, { ...SAME, actor: ActorMode.APP, userId: 3n })).toMatchObject({
    changesMode: true,
    changesPerson: false,
  });
});

test('another person is a change', () => {
  expect(differenceTo(STANDING, { ...SAME, userId: 3n })).toMatchObject({ changesMode: false, changesPerson: true });
});
