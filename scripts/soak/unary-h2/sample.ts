import type { ServerStats } from '../../../services/common/unary-h2/unary-server.ts';

/** The path of the requests. */
export const METHOD = '/featureos.oauth.v1.IntrospectionService/Introspect';

/** The server's report. */
export interface Report {
  /** Heap and external memory after a garbage collection. */
  readonly heapBytes: number;
  readonly stats: Pick<
    ServerStats,
    'connections' | 'openStreams' | 'abandonedCalls' | 'bufferedBytes' | 'connectionErrors'
  >;
}

/** A report after a tenth of the run, when no connections are open, with the totals of requests and connections until then. */
export interface Sample extends Report {
  readonly requests: number;
  readonly connections: number;
}
