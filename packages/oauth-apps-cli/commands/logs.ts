import { toJson } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Command } from 'commander';
import { type FailedRequest, FailedRequestSchema } from '../../../gen/featureos/oauth/v1/app_service_pb.ts';
import {
  type WebhookDelivery,
  WebhookDeliverySchema,
  WebhookDeliveryStatus,
} from '../../../gen/featureos/oauth/v1/webhook_pb.ts';
import { currentClients } from '../clients.ts';
import { DeliveryFeed } from '../deliveries.ts';
import { outputOf } from '../output.ts';
import { poll } from '../poll.ts';
import { APP_OPTION, appOf, globalOptionsOf, wholeNumber } from './options.ts';

const INTERVAL_MS = 2_000;
const MAX_LINES = 100;

interface LogOptions {
  readonly app?: string;
  readonly lines: number;
  readonly follow?: boolean;
}

/** `logs tail`: webhook deliveries with their results. `logs errors`: failed requests of the app. */
export function addLogs(program: Command): void {
  const logs = program.command('logs').description('show deliveries to the app, and its failed requests');
  addErrors(logs);
  logs
    .command('tail')
    .description('show the newest webhook deliveries with their results, oldest first')
    .option(...APP_OPTION)
    .option('-n, --lines <n>', 'how many', wholeNumber(1, MAX_LINES), 20)
    .option('-f, --follow', 'then show new ones as they are created')
    .action(async (flags: LogOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const clientId = appOf(flags);
      const { webhooks } = await currentClients(options);
      const feed = flags.follow ? await DeliveryFeed.start(webhooks, clientId) : undefined;
      const output = outputOf(options, true);
      const show = (delivery: WebhookDelivery) => output.show(deliveryJson(delivery), deliveryLine(delivery));
      const { deliveries } = await webhooks.listDeliveries({ clientId, perPage: flags.lines });
      const shown = new Set(deliveries.map(({ id }) => id));
      deliveries.reverse().forEach(show);
      if (feed === undefined) return;
      // The feed also finds deliveries that were created after its start and listed above.
      const showNew = (delivery: WebhookDelivery) => {
        if (!shown.has(delivery.id)) show(delivery);
        return false;
      };
      await poll(INTERVAL_MS, () => feed.each(showNew));
    });
}

function addErrors(logs: Command): void {
  logs
    .command('errors')
    .description(
      'show the newest failed requests to the token, revocation, introspection and webhook secret endpoints, oldest first',
    )
    .option(...APP_OPTION)
    .option('-n, --lines <n>', 'how many', wholeNumber(1, MAX_LINES), 20)
    .action(async (flags: LogOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const { apps } = await currentClients(options);
      const { failedRequests } = await apps.listFailedRequests({ clientId: appOf(flags), perPage: flags.lines });
      const output = outputOf(options, true);
      for (const failure of failedRequests.reverse()) output.show(failureJson(failure), failureLine(failure));
    });
}

const failureJson = (failure: FailedRequest) => toJson(FailedRequestSchema, failure, { useProtoFieldName: true });

function failureLine({ lastFailedAt, endpoint, grantType, organization, count, ...failure }: FailedRequest): string {
  const time = lastFailedAt === undefined ? '' : timestampDate(lastFailedAt).toISOString();
  const often = count === 1 ? '' : `${count} times`;
  const reason = `${failure.error}: ${failure.errorDescription}`;
  const words = [time, endpoint, grantType, organization?.subdomain, reason, often, failure.requestId];
  return words.filter((word) => word !== undefined && word !== '').join('  ');
}

const STATUSES: Record<WebhookDeliveryStatus, string> = {
  [WebhookDeliveryStatus.UNSPECIFIED]: 'unknown',
  [WebhookDeliveryStatus.PENDING]: 'pending',
  [WebhookDeliveryStatus.SUCCEEDED]: 'succeeded',
  [WebhookDeliveryStatus.FAILED]: 'failed',
  [WebhookDeliveryStatus.CANCELLED]: 'cancelled',
};

const deliveryJson = (delivery: WebhookDelivery) =>
  toJson(WebhookDeliverySchema, delivery, { useProtoFieldName: true });

function deliveryLine({ id, eventType, status, attempts, createdAt, organization }: WebhookDelivery): string {
  const time = createdAt === undefined ? '' : timestampDate(createdAt).toISOString();
  const last = attempts.at(-1);
  const result = last && (last.error || `HTTP ${last.httpStatus} in ${last.durationMs} ms`);
  const words = [time, eventType, organization?.subdomain, STATUSES[status], result, id];
  return words.filter((word) => word !== undefined).join('  ');
}
