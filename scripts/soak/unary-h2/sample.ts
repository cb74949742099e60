import type { ServerStats } from '../../../services/common/unary-h2/unary-server.ts';

/** The path that the soak asks for. */
export const METHOD = '/featureos.oauth.v1.IntrospectionService/Introspect';

/** What the server says of itself. */
export interface Report {
  /** What its heap and buffers hold after a collection. */
  readonly heapBytes: number;
  readonly stats: Pick<
    ServerStats,
    'connections' | 'openStreams' | 'abandonedCalls' | 'bufferedBytes' | 'connectionErrors'
  >;
}

/** A report after a tenth, with no connection open: answered so far, and connections opened. */
export interface Sample extends Report {
  readonly requests: number;
  readonly connections: number;
}
