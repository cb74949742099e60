import type { ClientCalls } from '#common/observe/client-calls.ts';
import { CLIENT_CALLS, HTTP_REQUESTS } from '#common/observe/metric-names.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import type { Metric } from '#common/process/metrics-server.ts';

/** The metrics of requests, and of calls to introspection and auth-server (docs/operations.md). */
export function gatewayMetrics(observer: RequestObserver, calls: ClientCalls): Metric[] {
  return [
    { ...HTTP_REQUESTS, histogram: () => observer.requestSeries },
    { ...CLIENT_CALLS, histogram: () => calls.series },
  ];
}
