import { fastify } from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { observeRequests } from '../../../services/common/http/observe-requests.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import { Tracing } from '../../../services/common/observe/tracing.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { recordingLog } from './recording-log.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const RPC_PATH = '/featureos.oauth.v1.AppService/ListApps';

const collector = await startOtlpReceiver();
afterAll(() => collector.stop());

test('the span of a request ends with its response, also if the request is an RPC, which is measured elsewhere', async () => {
  const { log } = recordingLog();
  const tracing = Tracing.of('test', { endpoint: collector.endpoint, ratio: 0, exportIntervalMs: 60_000 }, log);
  const observer = new RequestObserver(log, 1_000, tracing);
  const server = fastify();
  observeRequests(server, observer, () => undefined);
  server.get('/apps/:id', async () => ({}));
  server.post(RPC_PATH, async () => ({}));
  const headers = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
  await server.inject({ method: 'GET', url: '/apps/1', headers });
  await server.inject({ method: 'POST', url: RPC_PATH, headers });
  await server.close();
  await tracing?.close();
  expect(collector.spans.map(({ traceId, name }) => [traceId, name])).toEqual([
    [TRACE_ID, 'GET /apps/:id'],
    [TRACE_ID, `POST ${RPC_PATH}`],
  ]);
  expect(observer.requestSeries.map(({ labels }) => labels['http_route'])).toEqual(['/apps/:id']);
});
