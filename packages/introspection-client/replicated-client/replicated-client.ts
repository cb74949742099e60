import type { SecureContext } from 'node:tls';
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, connectivityState, credentials, type Interceptor, Metadata } from '@grpc/grpc-js';
import { bearerCredential } from '../bearer.ts';
import { channelOptions, MAX_RECONNECT_WAIT_MS } from './channel-options.ts';
import { channelTarget } from './channel-target.ts';

interface ClientTls {
  /** Read for each call. When the object changes, new calls open connections with it; calls in flight use the old ones. */
  readonly secureContext: SecureContext;
}

export interface ReplicatedClientOptions {
  /** `host:port` of every replica; see channelTarget(). */
  readonly addresses: readonly string[];
  /**
   * Sent as bearer credential with every call; undefined if a client certificate identifies the caller. `reveal` is called
   * for every call, so it may return another token later. Such an object keeps the token out of logs.
   */
  readonly serviceToken?: string | { reveal(): string } | undefined;
  /** Default: plain text. */
  readonly tls?: ClientTls | undefined;
  /** The name that the replicas' certificates must have. Default: the DNS name in `addresses`. Required for IP addresses. */
  readonly tlsName?: string | undefined;
  /** grpc-js interceptors around each call and its retries, for metrics and traces. */
  readonly interceptors?: readonly Interceptor[];
  /** The longest time that a call takes, including connecting and retries. */
  readonly timeoutMs: number;
}

/** Unary calls to a replicated service: load-balanced, with a timeout, and retried if that is safe. */
export class ReplicatedClient {
  readonly #options: ReplicatedClientOptions;
  readonly #safeToRepeat: readonly DescMethodUnary[];
  #client: Client;
  #secureContext: SecureContext | undefined;
  #token: string | undefined;
  #metadata: Metadata;

  /** Throws for invalid addresses or an invalid token. Connects on the first call. `safeToRepeat`: methods to retry. */
  constructor(options: ReplicatedClientOptions, safeToRepeat: readonly DescMethodUnary[]) {
    this.#options = options;
    this.#safeToRepeat = safeToRepeat;
    this.#secureContext = options.tls?.secureContext;
    this.#client = this.#connect();
    this.#token = this.#currentToken();
    this.#metadata = metadataWith(this.#token);
  }

  /**
   * Rejects with grpc-js's ServiceError, at `deadline` (ms since 1970) or after `timeoutMs` at the latest; with another error if
   * the token has become invalid. While no replica is connected, waits for the next attempt to connect if there is time for that.
   */
  call<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    request: MessageInitShape<Input>,
    deadline = Number.POSITIVE_INFINITY,
  ): Promise<MessageShape<Output>> {
    try {
      this.#refresh();
    } catch (error) {
      return Promise.reject(error);
    }
    const now = Date.now();
    const options = { deadline: Math.min(deadline, now + this.#options.timeoutMs) };
    const waitUntil = now + MAX_RECONNECT_WAIT_MS;
    if (waitUntil >= options.deadline || !this.#isReconnecting()) return this.#send(method, request, options);
    return this.#reconnected(waitUntil).then(() => this.#send(method, request, options));
  }

  #send<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    request: MessageInitShape<Input>,
    options: { readonly deadline: number },
  ): Promise<MessageShape<Output>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (message: MessageShape<Input>) => asBuffer(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes),
        create(method.input, request),
        this.#metadata,
        options,
        (error, response) => (response === undefined ? reject(error) : resolve(response)),
      );
    });
  }

  /** Closes the connections when the calls in flight have ended. */
  close(): void {
    this.#client.close();
  }

  /** Whether no replica is connected and the last attempts have failed: a call would fail at once. */
  #isReconnecting(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE;
  }

  /** Resolves when a replica is connected, at `waitUntil` at the latest. */
  #reconnected(waitUntil: number): Promise<void> {
    return new Promise((resolve) => {
      const channel = this.#client.getChannel();
      channel.watchConnectivityState(connectivityState.TRANSIENT_FAILURE, waitUntil, () => resolve());
    });
  }

  /** Starts to use a changed token or changed certificates. */
  #refresh(): void {
    const token = this.#currentToken();
    if (token !== this.#token) {
      this.#token = token;
      this.#metadata = metadataWith(token);
    }
    const { tls } = this.#options;
    if (tls?.secureContext === this.#secureContext) return;
    this.#secureContext = tls?.secureContext;
    this.#client.close();
    this.#client = this.#connect();
  }

  #currentToken(): string | undefined {
    const { serviceToken } = this.#options;
    return typeof serviceToken === 'object' ? serviceToken.reveal() : serviceToken;
  }

  #connect(): Client {
    const { addresses, tlsName, interceptors = [] } = this.#options;
    const context = this.#secureContext;
    return new Client(
      channelTarget(addresses),
      context === undefined ? credentials.createInsecure() : credentials.createFromSecureContext(context),
      {
        ...channelOptions(this.#safeToRepeat),
        interceptors: [...interceptors],
        ...(context !== undefined && tlsName !== undefined && { 'grpc.ssl_target_name_override': tlsName }),
      },
    );
  }
}

/** Metadata with a bearer credential. Throws for a token that cannot be sent, because the error of grpc-js would contain it. */
function metadataWith(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token === undefined) return metadata;
  const authorization = `Bearer ${token}`;
  if (bearerCredential(authorization) === undefined) {
    throw new Error('the service token must be visible ASCII characters without spaces');
  }
  metadata.set('authorization', authorization);
  return metadata;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
