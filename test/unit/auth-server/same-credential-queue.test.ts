import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { MAX_WAITING, SameCredentialQueue } from '../../../services/auth-server/http/same-credential-queue.ts';

/** A request. Once it has begun, it is in progress until the test ends it. */
function request(queue: SameCredentialQueue, credential = 'code', clientId = 'client') {
  const end = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<boolean>();
  let hasBegun = false;
  const result = queue.run(clientId, credential, (concurrentSuccess) => {
    hasBegun = true;
    begun.resolve(concurrentSuccess);
    return end.promise;
  });
  return { result, begun: begun.promise, end, hasBegun: () => hasBegun };
}

test('requests with the same credential are served one at a time, in order of arrival', async () => {
  const queue = new SameCredentialQueue();
  const [first, second, third] = [request(queue), request(queue), request(queue)];
  await first.begun;
  await turnOfLoop();
  expect([second.hasBegun(), third.hasBegun()]).toEqual([false, false]);
  first.end.resolve('1');
  await second.begun;
  expect(third.hasBegun()).toBe(false);
  second.end.resolve('2');
  await third.begun;
  third.end.resolve('3');
  expect(await Promise.all([first.result, second.result, third.result])).toEqual(['1', '2', '3']);
});

test('requests with other credentials or of other clients do not wait', async () => {
  const queue = new SameCredentialQueue();
  const requests = [request(queue), request(queue, 'other'), request(queue, 'code', 'other')];
  await Promise.all(requests.map(({ begun }) => begun));
  for (const { end, result } of requests) {
    end.resolve('');
    await result;
  }
});

test('concurrentSuccess is true for requests that waited while another one succeeded, and false for later ones', async () => {
  const queue = new SameCredentialQueue();
  const [first, during, alsoDuring] = [request(queue), request(queue), request(queue)];
  expect(await first.begun).toBe(false);
  first.end.resolve('');
  await first.result;
  const after = request(queue);
  expect(await during.begun).toBe(true);
  during.end.reject(new Error('used'));
  await expect(during.result).rejects.toThrow('used');
  expect(await alsoDuring.begun).toBe(true);
  alsoDuring.end.reject(new Error('used'));
  await expect(alsoDuring.result).rejects.toThrow('used');
  expect(await after.begun).toBe(false);
  after.end.resolve('');
  await after.result;
});

test('a failure does not count as a success, and the next request is served', async () => {
  const queue = new SameCredentialQueue();
  const [first, second] = [request(queue), request(queue)];
  await first.begun;
  first.end.reject(new Error('outage'));
  await expect(first.result).rejects.toThrow('outage');
  expect(await second.begun).toBe(false);
  second.end.resolve('');
  await second.result;
});

test('rejects a request while a hundred wait, and accepts one once one of these has begun', async () => {
  const queue = new SameCredentialQueue();
  const requests = Array.from({ length: 1 + MAX_WAITING }, () => request(queue));
  await expect(request(queue).result).rejects.toMatchObject({
    reason: ErrorReason.DEPENDENCY_UNAVAILABLE,
    extras: { retryAfterSeconds: 1 },
  });
  requests[0]?.end.resolve('');
  await requests[1]?.begun;
  const late = request(queue);
  for (const { end, result } of [...requests.slice(1), late]) {
    end.resolve('');
    await result;
  }
});
