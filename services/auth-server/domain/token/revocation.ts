import type { CredentialFormat } from '#common/credentials/format.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Client, FoundClient } from '../app/client-store.ts';
import type { Authority } from '../authority.ts';
import type { Initiator } from '../initiator.ts';
import type { InstallManager } from '../install/install-manager.ts';
import type { Database, Stores } from '../stores.ts';
import { enqueueLifecycleEvents } from '../webhook/lifecycle-events.ts';
import type { TokenPair } from './token-store.ts';

/**
 * RFC 7009: revoking an access token ends only that token, revoking the live refresh token ends the whole install. For an unknown
 * or ended token the call succeeds without any effect (section 2.2); also for a token of another client, which section 2.1
 * would refuse.
 */
export class TokenRevocation {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #installs: InstallManager;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(
    database: Database,
    authority: Authority,
    installs: InstallManager,
    format: CredentialFormat,
    clock: Clock,
  ) {
    this.#database = database;
    this.#authority = authority;
    this.#installs = installs;
    this.#format = format;
    this.#clock = clock;
  }

  /** The prefix identifies the kind of token, so `token_type_hint` is not needed. */
  async revoke({ client, pair }: FoundClient, token: string, initiator: Initiator): Promise<void> {
    if (pair === undefined || pair.appId !== client.id) return;
    if (this.#format.isWellFormed('access_token', token)) await this.#revokeAccess(client, pair, initiator);
    else await this.#endInstall(pair, initiator);
  }

  #revokeAccess(client: Client, pair: TokenPair, initiator: Initiator): Promise<void> {
    const { appId, organizationId, installId, accessHash } = pair;
    return this.#authority.change({
      locks: {
        organizations: { ids: [organizationId], mode: 'share' },
        app: { id: appId, mode: 'share' },
        install: { appId, organizationId },
      },
      affects: { install: { appId, organizationId } },
      expectedAccess: accessHash,
      apply: async ({ tokens, audit, events }) => {
        const now = new Date(this.#clock.now());
        const organization = await tokens.revokeAccess(pair.id, now);
        if (organization === undefined) return;
        await audit.append(
          { action: 'token.revoked', initiator, organizationId, clientId: client.clientId, installId },
          now,
        );
        const install = { id: installId, appId, organization };
        await enqueueLifecycleEvents(events, 'token_revoked', [install], { reason: 'revoked_by_app' }, now);
      },
    });
  }

  /**
   * Only a live refresh token ends the install. For an ended one, waits for pending invalidations. If the pair is replaced before
   * the locks are held, a refresh has continued its grant, which still ends; a new consent is another grant, which stays.
   */
  async #endInstall(pair: TokenPair, initiator: Initiator): Promise<void> {
    if (pair.endReason !== null) return this.#installs.awaitPropagation(pair);
    const install = await this.#database.stores.installs.findRef(pair.installId);
    if (install === undefined) return;
    const isSameGrant = async ({ tokens }: Stores) => (await tokens.findLivePair(install.id))?.codeId === pair.codeId;
    await this.#installs.end(install, 'revoked_by_app', 'install.revoked', initiator, {}, isSameGrant);
  }
}
