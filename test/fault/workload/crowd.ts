import { InactiveReason, type IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { CredentialFormat } from '../../../services/common/credentials/format.ts';
import { hashCredential } from '../../../services/common/credentials/hash.ts';
import type { ReplicaNode } from '../harness/replica-node.ts';
import type { Run } from '../scenarios/scenario.ts';
import { type Asked, nameOfReason } from './answers.ts';
import { SCOPES, type Tenant } from './tenant.ts';

/** Beyond the ids of all tenants. */
const FIRST_ORGANIZATION = 10_000_000;
let organizations = FIRST_ORGANIZATION;

/**
 * Very many installs of a tenant's app, each in an organization of its own and with a live token. Nothing changes about
 * them but the suspension of their app, which is the tenant's dimension.
 */
export class Crowd {
  readonly #run: Run;
  readonly #tenant: Tenant;
  readonly #tokens: readonly string[];

  private constructor(run: Run, tenant: Tenant, tokens: readonly string[]) {
    this.#run = run;
    this.#tenant = tenant;
    this.#tokens = tokens;
  }

  static async gather(run: Run, tenant: Tenant, size: number): Promise<Crowd> {
    const format = new CredentialFormat([run.cluster.parts.secrets.credentialKey]);
    const tokens = Array.from({ length: size }, () => format.mint('access_token').reveal());
    await run.truth.rows(INSERT_CROWD, [
      organizations,
      tenant.appId,
      tenant.adminId,
      SCOPES,
      tokens.map(hashCredential),
    ]);
    organizations += size;
    return new Crowd(run, tenant, tokens);
  }

  /** Asks a replica about one member. */
  ask(replica: ReplicaNode, index: number): Promise<boolean> {
    const { load } = this.#run;
    return load.askAbout(this.#tokens[index] as string, replica, this.#tenant, (response, asked) =>
      this.#note(response, asked),
    );
  }

  /** Asks every replica about members at random, in several loops, for as long as `goesOn` says. */
  async askAround(loopsPerReplica: number, goesOn: () => boolean): Promise<void> {
    const { cluster, random } = this.#run;
    const loops = cluster.replicas.flatMap((replica) => Array.from({ length: loopsPerReplica }, () => replica));
    await Promise.all(
      loops.map(async (replica) => {
        while (goesOn()) await this.ask(replica, random.below(this.#tokens.length));
      }),
    );
  }

  #note({ active, inactiveReason }: IntrospectResponse, asked: Asked): string | undefined {
    const isSuspended = inactiveReason === InactiveReason.SUSPENDED;
    if (!active && !isSuspended) return `${asked.where} says ${nameOfReason(inactiveReason)} of a member of the crowd`;
    const saw = isSuspended ? 'suspended' : 'active';
    this.#tenant.suspension.observations.push({ ...asked, saw, accepts: (value) => value === saw });
    return undefined;
  }
}

const INSERT_CROWD = `
  WITH members AS (
    SELECT $1::bigint + ordinality AS id, access_hash FROM unnest($5::bytea[]) WITH ORDINALITY AS hashes (access_hash)
  ), homes AS (
    INSERT INTO organizations (id, subdomain, name) SELECT id, 'crowd-' || id, 'Crowd' FROM members
  ), crowd AS (
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
    SELECT $2, id, $3, 'app', $4::text[], '{}', now() FROM members
    RETURNING id, organization_id
  )
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
  SELECT crowd.id, 0, access_hash, sha256(access_hash), now(), now() + interval '1 day'
  FROM crowd JOIN members ON members.id = organization_id`;
