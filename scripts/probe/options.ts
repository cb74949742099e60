import { parseArgs } from 'node:util';

export const HELP = `npm run probe -- [options]

Ends an access token over and over, and asks every replica from the start of that call on whether the token is active. An
answer "active" to a question that was sent after the call had returned is a violation.

Without --issuer: the stack of npm start, by disconnect and revocation in turn, over gRPC. With it, any server (RFC 8414, 7009):

  --issuer URL                  whose metadata names the token and the revocation endpoint
  --client-id ID                its secret is in PROBE_CLIENT_SECRET; without one, a public client
  --refresh-token-file FILE     gets access tokens by refresh, and rewrites the file; without it, by client credentials
  --scope SCOPE                 of the access tokens
  --introspection URL           whom to ask, once or several times: http: or https: (RFC 7662), or grpc: or grpcs://host:port
                                (IntrospectionService, with the service token in PROBE_SERVICE_TOKEN)
  --introspection-client-id ID  who asks by RFC 7662, with PROBE_INTROSPECTION_CLIENT_SECRET; default: the client itself
  --resource URL                an API to ask instead or as well: 401 is a denial

A host name stands for all its addresses, each of them a replica.

  --watch SECONDS               how long to ask after the call has returned (default 2): longer than the caches to be seen
  --rounds N                    default 1
  --interval SECONDS            between rounds, until interrupted
  --metrics-port N, --metrics-host HOST
                                Prometheus, at /metrics (default: off; 127.0.0.1)
  --help                        this text

Exit code: 0 without a violation, 1 with one, 2 if a round could not be measured.
`;

export interface Options {
  /** Undefined: the running stack. */
  readonly server: ServerOptions | undefined;
  readonly watchMs: number;
  readonly rounds: number;
  /** Undefined: no more rounds than `rounds`. */
  readonly intervalMs: number | undefined;
  readonly metricsHost: string;
  readonly metricsPort: number | undefined;
}

export interface ServerOptions {
  readonly issuer: URL;
  readonly clientId: string;
  readonly refreshTokenFile: string | undefined;
  readonly scope: string | undefined;
  readonly introspection: readonly URL[];
  readonly introspectionClientId: string | undefined;
  readonly resources: readonly URL[];
}

const KNOWN = {
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  'refresh-token-file': { type: 'string' },
  scope: { type: 'string' },
  introspection: { type: 'string', multiple: true, default: [] as string[] },
  'introspection-client-id': { type: 'string' },
  resource: { type: 'string', multiple: true, default: [] as string[] },
  watch: { type: 'string', default: '2' },
  rounds: { type: 'string', default: '1' },
  interval: { type: 'string' },
  'metrics-host': { type: 'string', default: '127.0.0.1' },
  'metrics-port': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Undefined if help is wanted. Throws for what it cannot use. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({ args: [...args], options: KNOWN });
  if (values.help) return undefined;
  const { interval, 'metrics-port': port } = values;
  return {
    server: serverOptions(values),
    watchMs: number('--watch', values.watch, 0) * 1_000,
    rounds: number('--rounds', values.rounds, 1),
    intervalMs: interval === undefined ? undefined : number('--interval', interval, 0) * 1_000,
    metricsHost: values['metrics-host'],
    metricsPort: port === undefined ? undefined : number('--metrics-port', port, 0),
  };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof KNOWN }>>['values'];

function serverOptions(values: Values): ServerOptions | undefined {
  const { issuer, 'client-id': clientId, introspection, resource } = values;
  if (issuer === undefined) {
    if (clientId !== undefined || introspection.length + resource.length > 0)
      throw new Error('--client-id, --introspection and --resource need --issuer');
    return undefined;
  }
  if (clientId === undefined) throw new Error('--issuer needs --client-id');
  if (introspection.length + resource.length === 0) throw new Error('--issuer needs --introspection or --resource');
  return {
    issuer: url('--issuer', issuer, ['http:', 'https:']),
    clientId,
    refreshTokenFile: values['refresh-token-file'],
    scope: values.scope,
    introspection: introspection.map((each) => url('--introspection', each, ['http:', 'https:', 'grpc:', 'grpcs:'])),
    introspectionClientId: values['introspection-client-id'],
    resources: resource.map((each) => url('--resource', each, ['http:', 'https:'])),
  };
}

function url(name: string, text: string, protocols: readonly string[]): URL {
  const parsed = URL.parse(text);
  if (parsed === null || !protocols.includes(parsed.protocol))
    throw new Error(`${name} takes a URL that begins with one of ${protocols.join(', ')}`);
  if (parsed.protocol.startsWith('grpc') && parsed.port === '') throw new Error(`${name} needs a port in ${text}`);
  return parsed;
}

function number(name: string, text: string, min: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min)
    throw new Error(`${name} takes a number from ${min} on`);
  return value;
}
