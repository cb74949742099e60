import { expect, test } from 'vitest';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { linesOf, narrowingOf } from '../../../services/web/src/developer/app-fields.ts';

const LIMITS = {
  declaredScopes: ['posts:read', 'posts:write'],
  allowedActorModes: [ActorMode.APP, ActorMode.SELF],
  subscribedWebhookEvents: ['post_created'],
};

test('finds nothing lost if items are added or reordered', () => {
  const after = { ...LIMITS, declaredScopes: ['posts:write', 'posts:read', 'votes:read'] };
  expect(narrowingOf(LIMITS, after)).toBeUndefined();
});

test('lists lost scopes, modes and events', () => {
  const after = { declaredScopes: ['posts:read'], allowedActorModes: [ActorMode.APP], subscribedWebhookEvents: [] };
  expect(narrowingOf(LIMITS, after)).toEqual({
    scopes: ['posts:write'],
    modes: [ActorMode.SELF],
    events: ['post_created'],
  });
});

test('ignores blank lines between redirect URIs, and spaces around them', () => {
  expect(linesOf(' https://a.example/ \n\n\r\nhttps://b.example/\n')).toEqual([
    'https://a.example/',
    'https://b.example/',
  ]);
});
