/** A test or fault scenario that creates the condition of an alert: its file under test/, and its name or a part of the name. */
interface AlertScenario {
  readonly file: string;
  readonly name: string;
}

const here = (name: string): AlertScenario => ({ file: 'fault/alerts.test.ts', name });

/**
 * Scenarios by the names of the alerts in deploy/observability/prometheus/alerts.yaml. Those in fault/alerts.test.ts check that
 * the metric of the alert changes.
 */
export const ALERT_SCENARIOS: Readonly<Record<string, AlertScenario>> = {
  ServiceDown: here('ServiceDown'),
  IntrospectionFailing: here('IntrospectionFailing'),
  ServiceCredentialRefused: { file: 'integration/refused-replica.test.ts', name: 'counts the refused calls' },
  AuthServerCallsFailing: here('AuthServerCallsFailing'),
  AuthServerRequestsFailing: here('AuthServerRequestsFailing'),
  CredentialKeysDiffer: { file: 'integration/credential-keys.test.ts', name: 'other keys have other fingerprints' },
  GatewayRequestsFailing: { file: 'unit/gateway/outage.test.ts', name: 'no replica: 503' },
  IntrospectionSlow: { file: 'fault/scenarios/redis.ts', name: 'each service has its own delay to Redis' },
  TokenEndpointSlow: { file: 'fault/scenarios/outages.ts', name: 'Postgres hangs for five minutes' },
  EventLoopBlocked: { file: 'fault/scenarios/outages.ts', name: 'SIGSTOP of a replica' },
  IntrospectionWorkersMissing: { file: 'integration/workers.test.ts', name: 'a worker that exits is replaced' },
  RevocationsPending: here('RevocationsPending'),
  AppUpdatesStuck: {
    file: 'integration/backlog-metrics.test.ts',
    name: 'counts apps whose installs are being updated',
  },
  RedisUnreachable: here('RedisUnreachable'),
  CacheStartedEmpty: here('CacheStartedEmpty'),
  CacheMissesHigh: here('CacheMissesHigh'),
  MissesRefused: { file: 'unit/introspection/state-loader.test.ts', name: 'fails at once if the queue is full' },
  ProxyMisconfigured: { file: 'unit/introspection/authorizer.test.ts', name: 'misconfigured: 1' },
  DatabaseConnectionsExhausted: here('DatabaseConnectionsExhausted'),
  JobNotSucceeding: here('JobNotSucceeding'),
  RetentionNotSucceeding: { file: 'integration/retention-rounds.test.ts', name: 'an hour later' },
  WebhookDeliveriesLate: { file: 'integration/backlog-metrics.test.ts', name: 'counts due deliveries' },
  WebhookAttemptsFailing: here('WebhookAttemptsFailing'),
  RevocationViolated: { file: 'integration/probe.test.ts', name: 'late revocations seen by' },
  RevocationProbeFailing: { file: 'integration/probe.test.ts', name: 'a server that cannot be reached' },
  CertificateExpiresSoon: {
    file: 'integration/tls-services.test.ts',
    name: 'each port of auth-server presents a new certificate',
  },
  FileReloadsFailing: { file: 'unit/common/file-reloader.test.ts', name: 'each failure is counted once' },
  SessionKeysUnavailable: { file: 'unit/auth-server/session-keys.test.ts', name: 'while the JWKS cannot be fetched' },
};
