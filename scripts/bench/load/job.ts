/** The order of the tokens of a file: random, in a cycle, or each once, after which the job ends. */
export type TokenOrder = 'random' | 'cycle' | 'once';

/** What requests carry. `tokens` is the path of a file (token-list.ts). */
export type Payload =
  /** Introspect of one token. */
  | { readonly kind: 'unary'; readonly tokens: string; readonly order?: TokenOrder }
  /** ext_authz Check of a request with one token at random. */
  | { readonly kind: 'check'; readonly tokens: string }
  /** BatchIntrospect with `size` tokens at random. */
  | { readonly kind: 'batch'; readonly tokens: string; readonly size: number }
  /** RFC 7662: a form with one token at random. */
  | { readonly kind: 'form'; readonly tokens: string }
  /** Bodies from a file, all of the same length, each once, after which the job ends. */
  | { readonly kind: 'once'; readonly bodies: string; readonly bytes: number }
  /** A GET with one token at random as its bearer credential, over HTTP/1.1. */
  | { readonly kind: 'bearer'; readonly tokens: string }
  /** A GET without a body, over HTTP/2. */
  | { readonly kind: 'get' };

/** What every response must be (expectation.ts). */
export type Expectation =
  | 'active'
  | 'allowed'
  | 'malformed'
  | 'batch'
  | 'json'
  | 'tokens'
  | 'emptyBody'
  | 'notEmptyBody';

/** The server, and the requests to it. */
export interface Target {
  readonly protocol: 'http2' | 'http1';
  readonly port: number;
  readonly path: string;
  /** Of the header. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether requests carry a `grpc-timeout` that varies, as calls with a deadline do. */
  readonly hasDeadlines?: boolean;
  /** One request in `tracedEvery` has the `traceparent` of a new sampled trace. Default: none has. */
  readonly tracedEvery?: number;
  readonly payload: Payload;
  readonly expect: Expectation;
}

/** One run of the load generator. */
export interface Job {
  readonly target: Target;
  readonly connections: number;
  /** Requests in flight on each connection. HTTP/1.1 uses `streams` times as many connections, with one request on each. */
  readonly streams: number;
  /** This and `seconds` are ignored if each token or body is sent once. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** A fixed rate. Default: each response is followed by the next request. */
  readonly perSecond?: number;
  /** Whether unexpected responses are only counted; by default they end the job with an error. */
  readonly countsFailures?: boolean;
  /** Whether the report has a timeline. */
  readonly hasTimeline?: boolean;
}

export interface Report {
  /** Responses per second of the measured time. */
  readonly perSecond: number;
  /** All responses, including the warm-up: the divisor for CPU time. */
  readonly responses: number;
  /** Responses that were not as expected. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Every response of the measured time, if `hasTimeline`. */
  readonly timeline?: readonly TimedResponse[];
}

export interface TimedResponse {
  /** When it arrived: Unix time in milliseconds. */
  readonly at: number;
  readonly latencyMs: number;
}
