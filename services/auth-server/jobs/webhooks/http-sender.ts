import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { WebhookRequest, WebhookResponse, WebhookSender } from '../../domain/webhook/webhook-deliverer.ts';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import { dnsResolver, type ResolveAddresses } from './dns-resolver.ts';
import { filteringConnector } from './filtering-connector.ts';
import { describeFailure, isClosedConnection } from './send-failure.ts';

/** From the start of the connection to the end of the response. */
const ATTEMPT_TIMEOUT_MS = 10_000;
/**
 * The share of all concurrent attempts that one origin may have. It is more than the half that all slow apps together
 * can have (delivery-slots.ts), so that slow apps do not block other apps with the same origin.
 */
const SHARE_OF_ORIGIN = 0.75;
/** Less than the two seconds after which some servers close idle connections. */
const KEEP_ALIVE_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Maximum length of the part of a response body that is stored. */
const EXCERPT_BYTES = 1024;
/** The connection is closed when a response body is longer. */
const MAX_RESPONSE_BYTES = 64 * 1024;
const USER_AGENT = 'FeatureOS-Webhooks/1';

export interface HttpSenderOptions extends ReceiverPolicy {
  /** Maximum number of concurrent attempts. */
  readonly concurrency: number;
  /** Replaces DNS, in tests. */
  readonly resolve?: ResolveAddresses | undefined;
  /** Default: ten seconds. */
  readonly attemptTimeoutMs?: number | undefined;
}

/** Sends over HTTP/1.1. Does not follow redirects. */
export class HttpSender implements WebhookSender {
  readonly #agent: Agent;
  /** Opens a new connection for each request. */
  readonly #freshAgent: Agent;
  readonly #timeoutMs: number;

  constructor({ allowLoopback, concurrency, resolve, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS }: HttpSenderOptions) {
    const policy = { allowLoopback };
    this.#timeoutMs = attemptTimeoutMs;
    const options = {
      connect: filteringConnector(policy, resolve ?? dnsResolver(policy)),
      connections: Math.ceil(concurrency * SHARE_OF_ORIGIN),
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.#agent = new Agent({ ...options, pipelining: 1 });
    this.#freshAgent = new Agent({ ...options, pipelining: 0 });
  }

  async send(webhook: WebhookRequest): Promise<WebhookResponse> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#post(webhook, signal);
      const excerpt = await readExcerpt(response.body);
      return { httpStatus: response.statusCode, error: null, responseExcerpt: excerpt };
    } catch (error) {
      return { httpStatus: null, error: describeFailure(error), responseExcerpt: '' };
    }
  }

  /** Closes all connections. Attempts in flight fail. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#freshAgent.destroy()]);
  }

  /**
   * Retries once over a new connection if the receiver closed the idle one just as it was reused. The receiver may have
   * received the first request; it can recognize the repeat by its id.
   */
  async #post({ url, headers, body }: WebhookRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const options = { method: 'POST', headers: { ...headers, 'user-agent': USER_AGENT }, body, signal } as const;
    try {
      return await request(url, { ...options, dispatcher: this.#agent });
    } catch (error) {
      if (!isClosedConnection(error)) throw error;
      return await request(url, { ...options, dispatcher: this.#freshAgent });
    }
  }
}

/** The start of the body, for the delivery log. Only the status decides the outcome, so errors are ignored. */
async function readExcerpt(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      if (bytes < EXCERPT_BYTES) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES) break; // destroys the stream
    }
  } catch {
    // the chunks so far are kept
  }
  return toText(Buffer.concat(chunks).subarray(0, EXCERPT_BYTES));
}

/** Decodes text of at most EXCERPT_BYTES. Removes NUL, which Postgres rejects, and an incomplete last character. */
function toText(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '');
  return Buffer.byteLength(text) <= EXCERPT_BYTES ? text : text.slice(0, EXCERPT_BYTES / REPLACEMENT_BYTES);
}

/** The length of U+FFFD, which replaces each byte that is not UTF-8. */
const REPLACEMENT_BYTES = 3;
