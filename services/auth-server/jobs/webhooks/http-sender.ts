import { Agent } from 'undici';
import type { WebhookRequest, WebhookResponse, WebhookSender } from '../../domain/webhook/webhook-deliverer.ts';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import { dnsResolver, type ResolveAddresses } from './dns-resolver.ts';
import { filteringConnector } from './filtering-connector.ts';
import { EXCERPT_BYTES, HttpExchange } from './http-exchange.ts';
import { describeFailure, isClosedConnection } from './send-failure.ts';

/** From the call of `send` to the end of the response, including name resolution, waiting for a connection, and the retry. */
const ATTEMPT_TIMEOUT_MS = 10_000;
/**
 * The share of all concurrent attempts that one origin may have. It is more than the half that all slow apps together
 * can have (delivery-slots.ts), so that slow apps do not block other apps with the same origin.
 */
export const SHARE_OF_ORIGIN = 0.75;
/** Less than the two seconds after which some servers close idle connections. */
const KEEP_ALIVE_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
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

  /**
   * Retries once over a new connection if the connection is closed before the response: the receiver may have closed an idle
   * connection just as it was reused. If it has received the first request nevertheless, it can recognize the second by its
   * `webhook-id`.
   */
  async send({ url, headers, body }: WebhookRequest): Promise<WebhookResponse> {
    let exchange = new HttpExchange();
    const timer = setTimeout(() => exchange.abort(new DOMException('no response', 'TimeoutError')), this.#timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const all = { ...headers, 'user-agent': USER_AGENT };
      const request = { origin, path: pathname + search, method: 'POST', headers: all, body } as const;
      this.#agent.dispatch(request, exchange);
      const { httpStatus, start } = await exchange.response.catch((error) => {
        if (!isClosedConnection(error)) throw error;
        exchange = new HttpExchange();
        this.#freshAgent.dispatch(request, exchange);
        return exchange.response;
      });
      return { httpStatus, error: null, responseExcerpt: toText(start.subarray(0, EXCERPT_BYTES)) };
    } catch (error) {
      return { httpStatus: null, error: describeFailure(error), responseExcerpt: '' };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes all connections. Attempts in flight fail. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#freshAgent.destroy()]);
  }
}

/**
 * Decodes bytes to text that has at most EXCERPT_BYTES in UTF-8. Removes NUL, which Postgres rejects, and an incomplete last
 * character.
 */
function toText(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '');
  return Buffer.byteLength(text) <= EXCERPT_BYTES ? text : text.slice(0, EXCERPT_BYTES / REPLACEMENT_BYTES);
}

/** The length of U+FFFD, which replaces each byte that is not UTF-8. */
const REPLACEMENT_BYTES = 3;
