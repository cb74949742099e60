import { parseArgs } from 'node:util';

export const HELP = `npm run probe -- [options]

Revokes access tokens, and introspects each on every replica from the start of its revocation. An active response to a request
that was sent after the revocation had returned is a violation.

Without --issuer: the stack of npm start. Disconnects and revocations (RFC 7009) in turn; introspection over gRPC.
With --issuer: any server with metadata (RFC 8414) and token revocation (RFC 7009):

  --issuer URL                  the server; its metadata names the token endpoint and the revocation endpoint
  --client-id ID                its secret is in PROBE_CLIENT_SECRET; without one, a public client
  --refresh-token-file FILE     gets access tokens by refresh, and stores a rotated refresh token in the file; without this
                                option, by client credentials
  --scope SCOPE                 of the access tokens
  --introspection URL           introspection endpoint, repeatable: an http: or https: URL (RFC 7662), or grpc://host:port or
                                grpcs://host:port (IntrospectionService, with the service token in PROBE_SERVICE_TOKEN)
  --introspection-client-id ID  the client for RFC 7662, with PROBE_INTROSPECTION_CLIENT_SECRET; default: --client-id
  --resource URL                an API to call, repeatable; 401 is a denial

Each address that a host name resolves to is a replica.

  --watch SECONDS               how long to continue after the revocation (default 2); to see when a cache denies, use
                                more than its lifetime
  --rounds N                    number of rounds (default 1); ignored with --interval
  --interval SECONDS            repeats rounds until interrupted, with this pause between them
  --metrics-port N, --metrics-host HOST
                                Prometheus, at /metrics (default: off; 127.0.0.1)
  --help                        this text

Exit code: 1 after a violation; otherwise 2 if a round could not be measured or the probe could not start; otherwise 0.
`;

export interface Options {
  /** Undefined: the running stack. */
  readonly server: ServerOptions | undefined;
  readonly watchMs: number;
  readonly rounds: number;
  /** Undefined: stop after `rounds`. */
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

/** Undefined for --help. Throws for invalid options. */
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

/** Options of a server; without --issuer, they would have no effect. */
const SERVER_OPTIONS = [
  'client-id',
  'refresh-token-file',
  'scope',
  'introspection',
  'introspection-client-id',
  'resource',
] as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof KNOWN }>>['values'];

function serverOptions(values: Values): ServerOptions | undefined {
  const { issuer, 'client-id': clientId, introspection, resource } = values;
  if (issuer === undefined) {
    const given = SERVER_OPTIONS.filter((name) => values[name]?.length);
    if (given.length > 0)
      throw new Error(`--issuer is missing: --${given.join(', --')} ${given.length > 1 ? 'need' : 'needs'} it`);
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
    throw new Error(`${name} takes a number of at least ${min}`);
  return value;
}
