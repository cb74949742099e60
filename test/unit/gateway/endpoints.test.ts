import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { notFound } from '#common/errors/app-error.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { type Directory, startDirectory } from './support/directory.ts';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { active, type Replica, startReplica } from './support/replica.ts';

const SCOPES = ['posts:read', 'posts:write', 'comments:read', 'comments:write', 'customers:read'];
const POSTS = '/api/v3/feature_requests';
const COMMENTS = '/api/v3/comments';

interface Post {
  id: number;
  body: string;
  author: { mode: string; user_id: number };
}

/** The members that the tests read; each body has only some of them. */
interface ResponseBody {
  feature_request: Post;
  feature_requests: Post[];
  comment: { feature_request_id: number | null };
  comments: { body: string }[];
  customers: { email: string }[];
}

let replica: Replica;
let directory: Directory;
let gateway: RunningGateway;

beforeAll(async () => {
  replica = await startReplica({
    globex: active(SCOPES),
    member: active(SCOPES, { actor: { mode: ActorMode.SELF, userId: 3n } }),
    initech: active(SCOPES, { organization: { id: 3n, subdomain: 'initech' } }),
  });
  directory = await startDirectory();
});

beforeEach(async () => {
  gateway = await startGateway({ introspection: [replica.address], authServer: directory.address });
  return () => gateway.stop();
});

afterAll(async () => {
  await replica.kill();
  await directory.kill();
});

async function create(path: string, token: string, body: unknown): Promise<ResponseBody> {
  const response = await gateway.post(path, token, body);
  expect(response.status).toBe(201);
  return (await response.json()) as ResponseBody;
}

async function get(path: string, token: string): Promise<ResponseBody> {
  const response = await gateway.call(path, token);
  expect(response.status).toBe(200);
  return (await response.json()) as ResponseBody;
}

describe('records', () => {
  test('a post has its author and is listed, newest first', async () => {
    const first = await create(POSTS, 'globex', { title: 'Dark mode', body: 'Please' });
    expect(first).toEqual({
      success: true,
      feature_request: {
        id: expect.any(Number),
        title: 'Dark mode',
        body: 'Please',
        author: { mode: 'app', user_id: 1_000_000_000_001 },
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    });
    const second = await create(POSTS, 'member', { title: 'Light mode' });
    expect(second.feature_request).toMatchObject({ body: '', author: { mode: 'self', user_id: 3 } });
    expect(await get(POSTS, 'globex')).toEqual({
      success: true,
      feature_requests: [second.feature_request, first.feature_request],
    });
  });

  test('a comment may be about a post', async () => {
    const { feature_request: post } = await create(POSTS, 'globex', { title: 'Dark mode' });
    const { comment } = await create(COMMENTS, 'globex', { body: 'Yes!', feature_request_id: post.id });
    expect(comment).toMatchObject({ body: 'Yes!', feature_request_id: post.id });
    expect(await get(COMMENTS, 'globex')).toEqual({ success: true, comments: [comment] });
  });

  test('customers are listed', async () => {
    const customer = { id: expect.any(Number), name: expect.any(String), email: expect.any(String) };
    expect(await get('/api/v3/customers', 'globex')).toEqual({ success: true, customers: [customer, customer] });
  });

  test('lists have pages of 30, or of per_page', async () => {
    for (let n = 1; n <= 35; n++) await create(COMMENTS, 'globex', { body: `${n}` });
    const bodies = async (query: string) =>
      (await get(`${COMMENTS}${query}`, 'globex')).comments.map(({ body }) => body);
    expect(await bodies('')).toHaveLength(30);
    expect(await bodies('?page=2')).toEqual(['5', '4', '3', '2', '1']);
    expect(await bodies('?page=2&per_page=2')).toEqual(['33', '32']);
    expect(await bodies('?per_page=100')).toHaveLength(35);
    expect(await bodies('?page=3')).toEqual([]);
  });
});

describe('invalid fields', () => {
  test.each([
    [POSTS, {}, { title: ['is required'] }],
    [POSTS, JSON.parse('{"__proto__":{"title":"x"}}'), { title: ['is required'] }],
    [POSTS, { title: '  ' }, { title: ['must not be empty'] }],
    [POSTS, { title: 1, body: {} }, { title: ['must be a string'], body: ['must be a string'] }],
    [POSTS, { title: 'x'.repeat(201) }, { title: ['must be at most 200 characters'] }],
    [POSTS, { title: 'x', body: 'x'.repeat(10_001) }, { body: ['must be at most 10000 characters'] }],
    [COMMENTS, { title: 'x' }, { body: ['is required'] }],
    [COMMENTS, { body: 'x', feature_request_id: '1' }, { feature_request_id: ['must be a positive integer'] }],
    [COMMENTS, { body: 'x', feature_request_id: 0 }, { feature_request_id: ['must be a positive integer'] }],
    [
      COMMENTS,
      { body: 'x', feature_request_id: 999_999 },
      { feature_request_id: ['is not the id of a feature request'] },
    ],
  ])('%s %j', async (path, body, errors) => {
    const response = await gateway.post(path, 'globex', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ message: expect.any(String), status: 422, success: false, errors });
  });
});

test('a lone surrogate is 422, and nothing is stored', async () => {
  for (const path of [POSTS, COMMENTS]) {
    const response = await gateway.call(path, 'globex', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"title":"x","body":"A\\ud800B"}',
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: { body: ['has a lone surrogate'] } });
  }
  expect((await get(POSTS, 'globex')).feature_requests).toEqual([]);
  expect((await get(COMMENTS, 'globex')).comments).toEqual([]);
});

describe('organizations are isolated', () => {
  test('records of one are not visible in the other', async () => {
    await create(POSTS, 'globex', { title: 'ours' });
    await create(COMMENTS, 'globex', { body: 'ours' });
    expect(await get(POSTS, 'initech')).toEqual({ success: true, feature_requests: [] });
    expect(await get(COMMENTS, 'initech')).toEqual({ success: true, comments: [] });
    const emails = async (token: string) => (await get('/api/v3/customers', token)).customers.map(({ email }) => email);
    const theirs = await emails('initech');
    for (const email of await emails('globex')) expect(theirs).not.toContain(email);
  });

  test("the id of another organization's post is rejected", async () => {
    const { feature_request: post } = await create(POSTS, 'globex', { title: 'ours' });
    const response = await gateway.post(COMMENTS, 'initech', { body: 'mine?', feature_request_id: post.id });
    expect(response.status).toBe(422);
  });

  test('the organization and the author come from the token, not from the request', async () => {
    const body = { title: 'x', organization_id: 3, author: { mode: 'self', user_id: 1 }, id: 7 };
    const { feature_request: post } = await create(`${POSTS}?organization_id=3`, 'globex', body);
    expect(post.author).toEqual({ mode: 'app', user_id: 1_000_000_000_001 });
    expect((await get(POSTS, 'initech')).feature_requests).toEqual([]);
    const headers = { 'x-organization': 'initech' };
    const response = await gateway.call(POSTS, 'globex', { headers });
    expect(await response.json()).toEqual({ success: true, feature_requests: [post] });
  });
});

describe('session_info', () => {
  test('returns the actor of an `app` token', async () => {
    expect(await get('/api/v3/session_info', 'globex')).toEqual({
      success: true,
      user: { id: 1_000_000_000_001, name: 'Helper', email: 'bot@bots.invalid', profile_picture: null },
      actor: 'app',
      organization: { id: 2, subdomain: 'globex', name: 'Globex' },
    });
    const { actor, organizationId } = directory.requests.at(-1) ?? {};
    expect(actor).toMatchObject({ mode: ActorMode.APP, userId: 1_000_000_000_001n });
    expect(organizationId).toBe(2n);
  });

  test('returns the actor of a `self` token', async () => {
    directory.profilePicture = 'https://pictures.invalid/3.png';
    expect(await get('/api/v3/session_info', 'member')).toMatchObject({
      user: { id: 3, profile_picture: 'https://pictures.invalid/3.png' },
      actor: 'self',
    });
  });

  test('returns 503 for an actor who has just been deleted', async () => {
    directory.before = () => Promise.reject(notFound('gone'));
    const response = await gateway.call('/api/v3/session_info', 'member');
    directory.before = async () => {};
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });
});
