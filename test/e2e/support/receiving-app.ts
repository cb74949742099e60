import { afterAll, beforeAll, inject } from 'vitest';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { rpcClient } from '../../../scripts/stack/rpc-client.ts';
import { Receiver } from '../../support/receiver.ts';
import { Tables } from '../../support/tables.ts';
import type { Bed } from './bed.ts';
import type { ThirdPartyApp } from './third-party-app.ts';

const GLOBEX = 2n;
const WAIT_MS = 20_000;
/** The first attempt and three retries. */
const ATTEMPTS = 4;

/** An app that Globex has installed, and its webhook receiver. */
export interface ReceivingApp {
  readonly app: ThirdPartyApp;
  readonly receiver: Receiver;
  /** Publishes an event in Globex. */
  publish(): Promise<void>;
  /** Makes each retry of a failing delivery due at once, until it has no retry left. */
  exhaustRetries(): Promise<void>;
}

/** Call it once at the top of a test file. Tests that run in parallel should use different event types. */
export function receivingApps(bed: Bed): (name: string, type?: string) => Promise<ReceivingApp> {
  let tables: Tables;
  let keyCount = 0;
  const receivers: Receiver[] = [];
  beforeAll(() => {
    tables = new Tables(inject('stack').database_url);
  });
  afterAll(async () => {
    await Promise.all(receivers.map((receiver) => receiver.stop()));
    await tables?.close();
  });
  return async (name, type = 'post_created') => {
    const receiver = await Receiver.start();
    receivers.push(receiver);
    const app = await bed.app({
      name,
      declared_scopes: ['posts:read', 'webhooks:manage'],
      webhook_url: receiver.url,
      subscribed_webhook_events: [type, 'app_installed'],
    });
    await bed.api.install(app.account, app.redirectUri);
    return {
      app,
      receiver,
      async publish() {
        const idempotencyKey = `${app.account.clientId}-${++keyCount}`;
        await platformClient().publishEvent({ organizationId: GLOBEX, type, data: {}, idempotencyKey });
      },
      async exhaustRetries() {
        const { clientId } = app.account;
        for (let attempts = 1; attempts <= ATTEMPTS; attempts++) await makeNextRetryDue(tables, clientId, attempts);
      },
    };
  };
}

/** Waits until deliveries of the app have failed `attempts` times, and makes their next retry due, if they have one. */
async function makeNextRetryDue(tables: Tables, clientId: string, attempts: number): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const updated = await tables.rows(
      `UPDATE webhook_deliveries AS deliveries
       SET next_attempt_at = CASE WHEN deliveries.status = 'pending' THEN now() END FROM apps
       WHERE apps.id = app_id AND client_id = $1 AND failures = $2 RETURNING deliveries.id`,
      [clientId, attempts],
    );
    if (updated.length > 0) return;
    if (performance.now() > deadline) throw new Error(`there is no delivery with ${attempts} failed attempts`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function platformClient() {
  const { auth_server, credentials } = inject('stack');
  return rpcClient(WebhookService, auth_server.grpc, credentials.platform);
}
