import { type Client, Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { DirectoryService } from '../../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { OperatorService } from '../../../gen/featureos/oauth/v1/operator_service_pb.ts';
import type { AuthNode } from './auth-node.ts';
import type { ClusterParts } from './cluster-parts.ts';

/** What a call came to. `unknown`: it may or may not have happened. */
export type Outcome =
  | { readonly kind: 'done'; readonly body: Readonly<Record<string, unknown>> }
  /** PROPAGATION_PENDING: it has happened, and is not yet visible everywhere. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Longer than the longest pause that a process is put to. */
const CALL_LIMIT_MS = 150_000;

/** Calls one auth-server, as the platform, operators, users and apps do. */
export class AuthClient {
  readonly node: AuthNode;
  readonly directory: Client<typeof DirectoryService>;
  readonly operator: Client<typeof OperatorService>;
  /** Answers that no outage explains: 500, INTERNAL. */
  readonly defects: string[] = [];
  readonly #parts: ClusterParts;

  constructor(node: AuthNode, parts: ClusterParts) {
    this.node = node;
    this.#parts = parts;
    const transport = (token: string) =>
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${node.grpcPort}`, interceptors: [authenticate(token)] });
    this.directory = createClient(DirectoryService, transport(parts.secrets.platform));
    this.operator = createClient(OperatorService, transport(parts.secrets.operator));
  }

  async rpc(call: Promise<unknown>): Promise<Outcome> {
    try {
      await call;
      return { kind: 'done', body: {} };
    } catch (thrown) {
      return this.#outcomeOf(ConnectError.from(thrown));
    }
  }

  /** As a signed-in user, about an organization. */
  async asUser(userId: number, subdomain: string, method: string, path: string, body?: object): Promise<Outcome> {
    const headers = {
      authorization: `Bearer ${await this.#parts.platform.sign(userId)}`,
      'x-organization': subdomain,
      ...(body && { 'content-type': 'application/json' }),
    };
    return this.#http(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  /** As an app, with HTTP Basic. */
  asApp(clientId: string, clientSecret: string, path: string, parameters: Record<string, string>): Promise<Outcome> {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const body = new URLSearchParams(parameters);
    return this.#http(path, { method: 'POST', headers: { authorization: `Basic ${basic}` }, body });
  }

  async #http(path: string, request: RequestInit): Promise<Outcome> {
    const url = `http://127.0.0.1:${this.node.httpPort}${path}`;
    try {
      const response = await fetch(url, { ...request, signal: AbortSignal.timeout(CALL_LIMIT_MS) });
      const text = await response.text();
      const body = text === '' ? {} : JSON.parse(text);
      if (response.ok) return { kind: 'done', body };
      if (body.reason === 'PROPAGATION_PENDING') return { kind: 'pending' };
      const why = `${response.status} ${text}`;
      if (response.status === 500) this.defects.push(`${request.method} ${path}: ${why}`);
      return { kind: response.status >= 500 ? 'unknown' : 'refused', why };
    } catch (error) {
      return { kind: 'unknown', why: String((error as Error).cause ?? error) };
    }
  }

  #outcomeOf(error: ConnectError): Outcome {
    const [detail] = error.findDetails(ErrorDetailSchema);
    // Without our detail the error was not ours: the connection broke.
    if (detail === undefined) return { kind: 'unknown', why: error.message };
    if (detail.reason === ErrorReason.PROPAGATION_PENDING) return { kind: 'pending' };
    if (error.code === Code.Internal || error.code === Code.Unknown) this.defects.push(error.message);
    const isOutage = error.code === Code.Unavailable || error.code === Code.Internal || error.code === Code.Unknown;
    return { kind: isOutage ? 'unknown' : 'refused', why: error.message };
  }
}

function authenticate(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}
