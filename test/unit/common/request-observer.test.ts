import { expect, test } from 'vitest';
import { IntrospectionService } from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { ActiveSpan } from '../../../services/common/observe/active-span.ts';
import { Operation } from '../../../services/common/observe/operation.ts';
import { RequestLog } from '../../../services/common/observe/request-log.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import type { EndedSpan } from '../../../services/common/observe/span-encoding.ts';
import { recordingLog } from './recording-log.ts';

const SLOW_MS = 100;

const call = {
  requestId: 'request-1',
  caller: { kind: 'gateway', name: 'gateway' } as const,
  error: undefined,
  span: undefined,
  traceparent: undefined,
};

test('a call that is neither slow nor a failure of the server is counted and not logged', () => {
  const { lines, log } = recordingLog();
  const observer = new RequestObserver(log, SLOW_MS);
  const method = observer.method(IntrospectionService.method.introspect, 'fast');
  method.ended(0, SLOW_MS - 1, call);
  method.ended(5, 1, call);
  expect(lines).toEqual([]);
  const labels = { rpc_method: 'featureos.oauth.v1.IntrospectionService/Introspect', port: 'fast' };
  expect(observer.callSeries.map((series) => series.labels)).toEqual([
    { ...labels, rpc_response_status_code: 'OK' },
    { ...labels, rpc_response_status_code: 'NOT_FOUND' },
  ]);
});

test('a slow and a failed call have one log line each, with request id and caller', () => {
  const { lines, log } = recordingLog();
  const method = new RequestObserver(log, SLOW_MS).method(IntrospectionService.method.introspect, 'fast');
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  method.ended(0, SLOW_MS, { ...call, traceparent: `00-${traceId}-b7ad6b7169203331-00` });
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { command: { args: ['secret'] } });
  method.ended(14, 2 * SLOW_MS, { ...call, error: unavailable('Redis is unreachable', cause) });
  const known = {
    request: 'featureos.oauth.v1.IntrospectionService/Introspect',
    requestId: 'request-1',
    caller: 'service:gateway',
  };
  expect(lines).toEqual([
    { level: 40, msg: 'slow request', ...known, traceId, status: 'OK', durationMs: SLOW_MS },
    {
      level: 40,
      msg: 'request failed',
      ...known,
      status: 'UNAVAILABLE',
      durationMs: 2 * SLOW_MS,
      reason: 'DEPENDENCY_UNAVAILABLE',
      message: 'Redis is unreachable',
      cause: 'connect ECONNREFUSED',
    },
  ]);
});

test('the span of a call that ended at its deadline, without an error of the handler, has an error status', () => {
  const spans: EndedSpan[] = [];
  const span = ActiveSpan.start('0af7651916cd43dd8448eb211c80319c', (ended) => spans.push(ended));
  const method = new RequestObserver(recordingLog().log, SLOW_MS).method(
    IntrospectionService.method.introspect,
    'fast',
  );
  method.ended(4, 1, { ...call, span });
  expect(spans[0]?.error).toBe('DEADLINE_EXCEEDED');
});

test('spans of HTTP requests with the same route and status share an operation, and unknown methods are not named', () => {
  const spans: EndedSpan[] = [];
  const observer = new RequestObserver(recordingLog().log, SLOW_MS);
  const end = (method: string, route: string | undefined, status: number) => {
    const span = ActiveSpan.start('0af7651916cd43dd8448eb211c80319c', (ended) => spans.push(ended));
    observer.ended({ ...call, caller: undefined, durationMs: 1, method, route, status, span });
  };
  end('GET', '/oauth/installs/:id', 200);
  end('GET', '/oauth/installs/:id', 200);
  end('GET', '/oauth/installs/:id', 404);
  end('PROPFIND', undefined, 404);
  const [first, second, third, unknown] = spans.map(({ operation }) => operation);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  const expected = { 'http.request.method': '_OTHER', 'http.response.status_code': 404 };
  expect(unknown).toEqual(new Operation('HTTP', expected));
});

test('requests over HTTP are counted by the template of their route, never by their path or an unknown method', () => {
  const { lines, log } = recordingLog();
  const observer = new RequestObserver(log, SLOW_MS);
  const request = { ...call, caller: undefined, durationMs: 1 };
  observer.ended({ ...request, method: 'GET', route: '/oauth/installs/:id', status: 200 });
  observer.ended({ ...request, method: 'BREW', route: undefined, status: 404 });
  // A server that is not ready.
  observer.ended({ ...request, method: 'GET', route: '/readyz', status: 503 });
  expect(lines).toEqual([]);
  expect(observer.requestSeries.map(({ labels }) => Object.values(labels))).toEqual([
    ['GET', '/oauth/installs/:id', '200'],
    ['_OTHER', '', '404'],
    ['GET', '/readyz', '503'],
  ]);
  observer.ended({ ...request, method: 'GET', route: '/oauth/apps', status: 500, error: new Error('broken') });
  expect(lines).toMatchObject([
    { level: 50, msg: 'unexpected error', request: 'GET /oauth/apps', err: { message: 'broken' } },
  ]);
});

test('an outage writes a bounded number of lines, and the number of suppressed ones', () => {
  const { lines, log } = recordingLog();
  let now = 5_000;
  const requests = new RequestLog(log, SLOW_MS, () => now);
  const response = { status: 503, durationMs: 1 };
  const failed = { ...response, request: 'x', requestId: 'request-1', traceId: undefined, caller: undefined };
  for (let request = 0; request < 250; request++) requests.failed(failed);
  expect(lines).toHaveLength(100);
  now += 1_000;
  requests.failed(failed);
  expect(lines.at(-1)).toMatchObject({ suppressed: 150 });
  requests.failed(failed);
  expect(lines.at(-1)).not.toHaveProperty('suppressed');
});
