/** What a request asks; the tokens are taken at random from a file (token-list.ts). */
export type Ask =
  /** Introspect with one token. */
  | { readonly kind: 'unary'; readonly tokens: string }
  /** BatchIntrospect with `size` tokens. */
  | { readonly kind: 'batch'; readonly tokens: string; readonly size: number }
  /** RFC 7662: a form with one token. */
  | { readonly kind: 'form'; readonly tokens: string }
  /** Bodies from a file, of so many bytes each, every one of them once; the job ends with them. */
  | { readonly kind: 'once'; readonly bodies: string; readonly bytes: number }
  /** A GET without a body. */
  | { readonly kind: 'get' };

/** What every answer must be; one that is not ends the measurement. */
export type Expectation = 'active' | 'malformed' | 'batch' | 'json' | 'tokens' | 'anything';

/** Where requests go and what they look like. */
export interface Target {
  readonly protocol: 'http2' | 'http1';
  readonly port: number;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Whether requests carry a `grpc-timeout`, as calls with a deadline do: never quite the same one. */
  readonly hasDeadlines?: boolean;
  readonly ask: Ask;
  readonly expect: Expectation;
}

/** One run of the load generator. */
export interface Job {
  readonly target: Target;
  readonly connections: number;
  /** Requests in flight on each connection; over HTTP/1.1 as many connections with one each. */
  readonly streams: number;
  /** Counted time, after the warm-up; of no account where each body is sent once. */
  readonly seconds: number;
  /** Requests begun in a second, whatever the answers do; left out: the next request waits for an answer. */
  readonly perSecond?: number;
}

/** What came of a job. */
export interface Report {
  /** Answers in a second of the counted time. */
  readonly perSecond: number;
  /** All answers, also those of the warm-up: what CPU time of the whole job is divided by. */
  readonly answers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
