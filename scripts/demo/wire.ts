import type { Narrator } from './narrator.ts';

export interface Call {
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly form?: Record<string, string>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: steps check the fields they use
  readonly body: any;
}

const SHOWN_HEADERS = ['www-authenticate', 'location', 'retry-after', 'cache-control'];
const MAX_SHOWN_BODY = 1_200;
const TIMEOUT_MS = 10_000;

/** An HTTP client that prints requests and responses. */
export class Wire {
  readonly #narrator: Narrator;

  constructor(narrator: Narrator) {
    this.#narrator = narrator;
  }

  async request(method: string, url: string, { headers = {}, json, form }: Call = {}): Promise<HttpResponse> {
    const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
    const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
    const sent = { ...headers, ...(body !== undefined && { 'content-type': type }) };
    const { host, pathname, search } = new URL(url);
    this.#narrator.sent([
      `${method} ${pathname}${search}   (${host})`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : [body]),
    ]);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: sent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    });
    return this.#receive(response);
  }

  async #receive(response: Response): Promise<HttpResponse> {
    const text = await response.text();
    const headers = Object.fromEntries(response.headers);
    this.#narrator.received([
      `${response.status} ${response.statusText}`,
      ...SHOWN_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`])),
      ...(text === '' ? [] : [text.length > MAX_SHOWN_BODY ? `${text.slice(0, MAX_SHOWN_BODY)}…` : text]),
    ]);
    const isJson = headers['content-type']?.includes('json') === true && text !== '';
    return { status: response.status, headers, body: isJson ? JSON.parse(text) : text };
  }
}
