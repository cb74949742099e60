import { Code, ConnectError } from '@connectrpc/connect';
import type { Command } from 'commander';
import type { WebhookDelivery } from '../../../gen/featureos/oauth/v1/webhook_pb.ts';
import { type Clients, currentClients } from '../clients.ts';
import { DeliveryFeed } from '../deliveries.ts';
import { usageError } from '../exit-codes.ts';
import { outputOf } from '../output.ts';
import { poll } from '../poll.ts';
import { APP_OPTION, appOf, globalOptionsOf, wholeNumber } from './options.ts';

const INTERVAL_MS = 1_000;
/** Equals the server's timeout for a delivery. */
const FORWARD_TIMEOUT_MS = 10_000;

const noWebhookUrl = (clientId: string) =>
  `warning: the app has no webhook URL, so it receives no events. Set one with: oauth-apps apps update ${clientId} --webhook-url https://…\n`;

interface ListenOptions {
  readonly app?: string;
  readonly forwardTo: string;
  readonly limit?: number;
}

/** `listen`: polls the app's deliveries and sends their signed requests to a receiver that the server cannot reach. */
export function addListen(program: Command): void {
  program
    .command('listen')
    .description("forward the app's new webhooks, with their signatures, to a receiver on this machine")
    .requiredOption('--forward-to <url>', 'for example http://localhost:3000/hooks')
    .option(...APP_OPTION)
    .option('--limit <n>', 'stop after n deliveries', wholeNumber(1, 1_000_000))
    .action(async (flags: ListenOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const clientId = appOf(flags);
      if (!URL.canParse(flags.forwardTo)) throw usageError(`--forward-to ${flags.forwardTo} is not a URL`);
      const { apps, webhooks } = await currentClients(options);
      const { app } = await apps.getApp({ clientId });
      const feed = await DeliveryFeed.start(webhooks, clientId);
      const output = outputOf(options, true);
      process.stderr.write(`Forwarding the webhooks of ${clientId} to ${flags.forwardTo}. Stop with Ctrl-C.\n`);
      if (!app?.webhookUrl) process.stderr.write(noWebhookUrl(clientId));
      let left = flags.limit ?? Number.POSITIVE_INFINITY;
      const forwardAndShow = async (delivery: WebhookDelivery) => {
        const result = await forward(webhooks, delivery, flags.forwardTo);
        const json = { delivery_id: delivery.id, event: delivery.eventType, ...result };
        output.show(json, `${delivery.eventType}  ${delivery.id}  ${result.error ?? result.http_status}`);
        return --left === 0;
      };
      await poll(INTERVAL_MS, () => feed.each(forwardAndShow));
    });
}

/** Sends the request of one delivery. `error` in the result says why there is no response. */
async function forward(webhooks: Clients['webhooks'], { id }: WebhookDelivery, url: string) {
  const request = await webhooks.getDeliveryRequest({ deliveryId: id }).catch((error: unknown) => {
    if (error instanceof ConnectError && error.code === Code.FailedPrecondition) return error;
    throw error;
  });
  if (request instanceof ConnectError) return { http_status: null, error: request.rawMessage };
  try {
    const signal = AbortSignal.timeout(FORWARD_TIMEOUT_MS);
    const { headers, body } = request;
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return { http_status: response.status, error: null };
  } catch (error) {
    const { message, cause } = error as Error;
    return { http_status: null, error: cause instanceof Error && cause.message ? cause.message : message };
  }
}
