import type { SecureContext } from 'node:tls';
import type { DescMethod } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { bearerCredential } from '../../callers/bearer.ts';
import type { Secret } from '../../credentials/secret.ts';
import { systemClock } from '../../process/clock.ts';
import { channelOptions } from './channel-options.ts';
import { channelTarget } from './channel-target.ts';

/** TLS with the replicas. */
interface ClientTls {
  /** When it is another object than before, calls open new connections with it; those in flight end on the old ones. */
  readonly secureContext: SecureContext;
}

export interface ReplicatedClientOptions {
  /** `host:port` of every replica; see channelTarget(). */
  readonly addresses: readonly string[];
  /** Sent as bearer credential with every call, as it is then; left out: none, where a client certificate says who calls. */
  readonly serviceToken?: Pick<Secret, 'reveal'> | undefined;
  /** Left out: plain text. */
  readonly tls?: ClientTls | undefined;
  /** The name that the certificates of the replicas must have; left out: the DNS name in `addresses`; needed for IP addresses. */
  readonly tlsName?: string | undefined;
  /** The longest that a call takes, with its retries and with connecting. */
  readonly timeoutMs: number;
}

/** Unary calls to a replicated service: load-balanced, with a timeout, and retried if that is safe. */
export class ReplicatedClient {
  readonly #options: ReplicatedClientOptions;
  readonly #safeToRepeat: readonly DescMethod[];
  #client: Client;
  #secureContext: SecureContext | undefined;
  #token: string | undefined;
  #metadata: Metadata;

  /** Throws for addresses or a token that cannot be used. Connects on the first call. */
  constructor(options: ReplicatedClientOptions, safeToRepeat: readonly DescMethod[]) {
    this.#options = options;
    this.#safeToRepeat = safeToRepeat;
    this.#secureContext = options.tls?.secureContext;
    this.#client = this.#connect();
    this.#token = options.serviceToken?.reveal();
    this.#metadata = metadataWith(this.#token);
  }

  /** Rejects with grpc-js's ServiceError, at `deadline` (ms since 1970) or after `timeoutMs` at the latest. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    deadline = Number.POSITIVE_INFINITY,
  ): Promise<Response> {
    this.#refresh();
    const { path, requestSerialize, responseDeserialize } = method;
    const options = { deadline: Math.min(deadline, systemClock.now() + this.#options.timeoutMs) };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
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

  /** Takes over a token or certificates that have changed. */
  #refresh(): void {
    const { serviceToken, tls } = this.#options;
    const token = serviceToken?.reveal();
    if (token !== this.#token) {
      this.#token = token;
      this.#metadata = metadataWith(token);
    }
    if (tls?.secureContext === this.#secureContext) return;
    this.#secureContext = tls?.secureContext;
    this.#client.close();
    this.#client = this.#connect();
  }

  #connect(): Client {
    const { addresses, tlsName } = this.#options;
    const context = this.#secureContext;
    return new Client(
      channelTarget(addresses),
      context === undefined ? credentials.createInsecure() : credentials.createFromSecureContext(context),
      {
        ...channelOptions(this.#safeToRepeat),
        ...(context !== undefined && tlsName !== undefined && { 'grpc.ssl_target_name_override': tlsName }),
      },
    );
  }
}

/** Metadata with that bearer credential. Throws for one that cannot be sent: the message of grpc-js would show it. */
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
