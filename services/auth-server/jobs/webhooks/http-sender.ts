import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { WebhookRequest, WebhookResponse, WebhookSender } from '../../domain/webhook/webhook-deliverer.ts';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import { dnsResolver, type ResolveAddresses } from './dns-resolver.ts';
import { filteringConnector } from './filtering-connector.ts';
import { describeFailure, isClosedConnection } from './send-failure.ts';

/** From the first packet to the end of the answer. */
const ATTEMPT_TIMEOUT_MS = 10_000;
/**
 * Of all attempts at once, how many may go to one origin, which many apps may share. More than the half that slow receivers
 * have all together (lanes.ts), so that they hold up no other app there.
 */
const SHARE_OF_ORIGIN = 0.75;
/** Below the two seconds after which the least patient of common servers close an idle connection. */
const KEEP_ALIVE_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** What is kept of an answer. */
const EXCERPT_BYTES = 1024;
/** A longer answer is cut off, and its connection with it. */
const MAX_ANSWER_BYTES = 64 * 1024;
const USER_AGENT = 'FeatureOS-Webhooks/1';

export interface HttpSenderOptions extends ReceiverPolicy {
  /** Attempts at once. */
  readonly concurrency: number;
  /** In place of DNS, for tests. */
  readonly resolve?: ResolveAddresses | undefined;
  /** In place of ten seconds, for tests. */
  readonly attemptTimeoutMs?: number | undefined;
}

/** Sends over HTTP/1.1. Redirects are answers like any other: they are not followed. */
export class HttpSender implements WebhookSender {
  readonly #agent: Agent;
  /** Every request has a connection of its own. */
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
      const answer = await this.#post(webhook, signal);
      const excerpt = await readExcerpt(answer.body);
      return { httpStatus: answer.statusCode, error: null, responseExcerpt: excerpt };
    } catch (error) {
      return { httpStatus: null, error: describeFailure(error), responseExcerpt: '' };
    }
  }

  /** Ends all connections; attempts under way fail. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#freshAgent.destroy()]);
  }

  /**
   * A receiver may close an idle connection at the moment when it is used again. Whether it has got the request cannot be
   * known, but the request has an id by which it would be recognized, so it is sent once more over a new connection.
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

/** The status has decided already; what comes after it is for people, so it may as well be cut off, late or broken. */
async function readExcerpt(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      if (bytes < EXCERPT_BYTES) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break; // which destroys the stream
    }
  } catch {
    // what has come is kept
  }
  return toText(Buffer.concat(chunks).subarray(0, EXCERPT_BYTES));
}

/** As text of at most as many bytes. Postgres takes no NUL, and a character that was cut in two is left out. */
function toText(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '');
  return Buffer.byteLength(text) <= EXCERPT_BYTES ? text : text.slice(0, EXCERPT_BYTES / REPLACEMENT_BYTES);
}

/** U+FFFD stands for each byte that is no UTF-8, and takes three. */
const REPLACEMENT_BYTES = 3;
