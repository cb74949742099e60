import { join } from 'node:path';
import type { Client } from '@connectrpc/connect';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { OperatorService } from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import { rpcClient } from '../../stack/rpc-client.ts';
import { UserSession } from '../../stack/user-session.ts';
import type { BenchSystem } from './bench-system.ts';
import { LiveTokens } from './live-tokens.ts';
import { Tenancy } from './tenancy.ts';

const { batchIntrospect } = IntrospectionService.method;
const REASON = 'bench';

export interface LargeAppSize {
  readonly installs: number;
  readonly scopes: number;
  /** How many installs can be disconnected. */
  readonly disconnects: number;
  readonly idBase: number;
}

type TokenScopes = readonly string[] | 'inactive';

/**
 * An app that is installed in many organizations. The methods change it or one of its installs, and return the milliseconds of
 * the call. They reject if introspection of a cached token does not reflect the change afterwards.
 */
export class LargeApp {
  readonly #system: BenchSystem;
  readonly #tokens: LiveTokens;
  readonly #operator: Client<typeof OperatorService>;
  /** Sessions of an admin, one for each organization that can disconnect its install. The first organization owns the app. */
  readonly #admins: readonly UserSession[];
  #scopes: readonly string[];
  #disconnected = 0;

  private constructor(system: BenchSystem, tokens: LiveTokens, admins: readonly UserSession[]) {
    this.#system = system;
    this.#tokens = tokens;
    this.#admins = admins;
    this.#scopes = tokens.tenancy.scopes;
    const { auth_server, credentials } = system.stack.info;
    this.#operator = rpcClient(OperatorService, auth_server.grpc, credentials.operator);
  }

  /** Loads the app and its installs into Postgres. */
  static async load(system: BenchSystem, folder: string, size: LargeAppSize): Promise<LargeApp> {
    const scopes = SCOPE_CATALOG.slice(0, size.scopes).map(({ name }) => name);
    const tenancy = new Tenancy(1, size.installs, size.idBase, { modes: ['app'], scopes });
    const file = join(folder, `app-of-${size.installs}.tokens`);
    const tokens = await LiveTokens.load(system.database, tenancy, system.format, file);
    const { info } = system.stack;
    const admin = info.demo.users.target_admin;
    const organizations = Array.from({ length: size.disconnects }, (_, index) => tenancy.organizationId(index));
    await system.database.query(
      `INSERT INTO memberships (organization_id, user_id, role) SELECT id, $2, 'admin' FROM unnest($1::bigint[]) AS id`,
      [organizations, admin],
    );
    const admins = organizations.map((id) => UserSession.signIn(info, admin, tenancy.subdomain(id)));
    return new LargeApp(system, tokens, await Promise.all(admins));
  }

  /** Disconnects the next install. */
  disconnect(): Promise<number> {
    const index = this.#disconnected++;
    const admin = this.#admins[index];
    if (admin === undefined)
      throw new Error(`all ${this.#admins.length} installs that could be disconnected have been`);
    const { id } = this.#tokens.tenancy.install(index);
    return this.#timed(index, () => admin.call('DELETE', `/oauth/installs/${id}`), 'inactive');
  }

  suspend(): Promise<number> {
    const request = { clientId: this.#clientId, reason: REASON };
    return this.#timed(this.#last, () => this.#operator.suspendApp(request), 'inactive');
  }

  resume(): Promise<number> {
    const request = { clientId: this.#clientId, reason: REASON };
    return this.#timed(this.#last, () => this.#operator.resumeApp(request), this.#scopes);
  }

  /** Removes the last of the declared scopes. */
  narrow(): Promise<number> {
    this.#scopes = this.#scopes.slice(0, -1);
    const change = { declared_scopes: this.#scopes };
    return this.#timed(this.#last, () => this.#owner.call('PATCH', this.#path, change), this.#scopes);
  }

  delete(): Promise<number> {
    return this.#timed(this.#last, () => this.#owner.call('DELETE', this.#path), 'inactive');
  }

  get #clientId(): string {
    const { tenancy } = this.#tokens;
    return tenancy.clientId(tenancy.appId(0));
  }

  get #path(): string {
    return `/oauth/apps/${this.#clientId}`;
  }

  get #owner(): UserSession {
    return this.#admins[0] as UserSession;
  }

  /** The index of an install that is never disconnected. */
  get #last(): number {
    return this.#tokens.size - 1;
  }

  async #timed(index: number, call: () => Promise<unknown>, expected: TokenScopes): Promise<number> {
    await this.#introspect(index);
    const startedAt = performance.now();
    await call();
    const milliseconds = performance.now() - startedAt;
    const scopes = await this.#introspect(index);
    if (String(scopes) === String(expected)) return milliseconds;
    throw new Error(`after the change, introspection returns ${scopes} instead of ${expected}`);
  }

  async #introspect(index: number): Promise<TokenScopes> {
    const request = { tokens: [this.#tokens.token(index)] };
    const { responses } = await this.#system.client.call(batchIntrospect, request);
    return responses[0]?.active ? responses[0].scopes : 'inactive';
  }
}
