import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../../domain/webhook/courier.ts';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import { dnsResolver, filteringConnector, type ResolveAddresses } from './filtering-connector.ts';
import { describeFailure } from './send-failure.ts';

/** From the first packet to the end of the answer. */
const ATTEMPT_TIMEOUT_MS = 10_000;
/** To one origin, whichever app's it is. */
const CONNECTIONS_PER_ORIGIN = 20;
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** What is kept of an answer. */
const EXCERPT_BYTES = 1024;
/** A longer answer is cut off, and its connection with it. */
const MAX_ANSWER_BYTES = 64 * 1024;
const USER_AGENT = 'FeatureOS-Webhooks/1';

export interface HttpSenderOptions extends ReceiverPolicy {
  /** In place of DNS, for tests. */
  readonly resolve?: ResolveAddresses | undefined;
  /** In place of ten seconds, for tests. */
  readonly attemptTimeoutMs?: number | undefined;
}

/** Sends over HTTP/1.1. Redirects are answers like any other: they are not followed. */
export class HttpSender implements WebhookSender {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor({ allowLoopback, resolve, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS }: HttpSenderOptions) {
    const policy = { allowLoopback };
    this.#timeoutMs = attemptTimeoutMs;
    this.#agent = new Agent({
      connect: filteringConnector(policy, resolve ?? dnsResolver(policy)),
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  async send({ url, headers, body }: WebhookRequest): Promise<WebhookAnswer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers, 'user-agent': USER_AGENT },
        body,
        signal,
        dispatcher: this.#agent,
      });
      const excerpt = await readExcerpt(answer.body);
      return { httpStatus: answer.statusCode, error: null, responseExcerpt: excerpt };
    } catch (error) {
      return { httpStatus: null, error: describeFailure(error), responseExcerpt: '' };
    }
  }

  /** Ends all connections; attempts under way fail. */
  close(): Promise<void> {
    return this.#agent.destroy();
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
