/** In which order tokens of a file are asked for: at random, in turn and over again, or each once, which ends the job. */
export type TokenOrder = 'random' | 'cycle' | 'once';

/** What a request asks; the tokens are in a file (token-list.ts). */
export type Payload =
  /** Introspect with one token. */
  | { readonly kind: 'unary'; readonly tokens: string; readonly order?: TokenOrder }
  /** ext_authz Check of a request with one token at random. */
  | { readonly kind: 'check'; readonly tokens: string }
  /** BatchIntrospect with `size` tokens at random. */
  | { readonly kind: 'batch'; readonly tokens: string; readonly size: number }
  /** RFC 7662: a form with one token at random. */
  | { readonly kind: 'form'; readonly tokens: string }
  /** Bodies from a file, of so many bytes each, every one of them once; the job ends with them. */
  | { readonly kind: 'once'; readonly bodies: string; readonly bytes: number }
  /** A GET without a body. */
  | { readonly kind: 'get' };

/** What every answer must be. */
export type Expectation = 'active' | 'allowed' | 'malformed' | 'batch' | 'json' | 'tokens' | 'anything';

/** Where requests go and what they look like. */
export interface Target {
  readonly protocol: 'http2' | 'http1';
  readonly port: number;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Whether requests carry a `grpc-timeout`, as calls with a deadline do: never quite the same one. */
  readonly hasDeadlines?: boolean;
  readonly payload: Payload;
  readonly expect: Expectation;
}

/** One run of the load generator. */
export interface Job {
  readonly target: Target;
  readonly connections: number;
  /** Requests in flight on each connection; over HTTP/1.1 as many connections with one each. */
  readonly streams: number;
  /** Time before what counts, and time that counts; neither means anything where each request is sent once. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Requests begun in a second, whatever the answers do; left out: the next request waits for an answer. */
  readonly perSecond?: number;
  /** Whether answers that are not as expected are counted; else they end the job with an error. */
  readonly countsFailures?: boolean;
  /** Whether the report tells of each answer. */
  readonly isTimed?: boolean;
}

/** What came of a job. */
export interface Report {
  /** Answers in a second of the counted time. */
  readonly perSecond: number;
  /** All answers, also those of the warm-up: what CPU time of the whole job is divided by. */
  readonly responses: number;
  /** Of all answers, those that were not as expected. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of a job that `isTimed`: each answer of the counted time. */
  readonly timeline?: readonly TimedResponse[];
}

export interface TimedResponse {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly latencyMs: number;
}
