import { isIP } from 'node:net';
import { hostPort } from '../process/host-port.ts';

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const FORMS = 'must be redis:// or rediss:// with one host, or redis+sentinel:// or rediss+sentinel:// with Sentinels';
/** Scheme, user info, hosts, the rest. */
const SENTINEL_URL = /^(rediss?)\+sentinel:\/\/([^@/?#]*@)?([^@/?#]*)([^#]*)$/;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

export interface SentinelSettings {
  readonly addresses: readonly Address[];
  /** The name of the primary, as in `sentinel monitor NAME …`. */
  readonly primaryName: string;
  readonly credentials: Credentials;
}

/** Where Redis is and how to log in to it. */
export interface RedisTarget {
  readonly isTls: boolean;
  readonly credentials: Credentials;
  readonly database: number;
  /** The server, or the Sentinels that know it. */
  readonly server: Address | SentinelSettings;
}

/**
 * Parses `redis[s]://[user:password@]host[:port][/database]` or
 * `redis[s]+sentinel://[user:password@]host[:port],…/NAME[/database][?sentinel_username=…&sentinel_password=…]`.
 * Throws for an invalid URL. The error does not contain the URL, which may have a password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const [isSentinel, scheme, userInfo = '', sentinels = '', rest] = SENTINEL_URL.exec(text) ?? [];
  // `URL` accepts only one host.
  const url = URL.parse(isSentinel === undefined ? text : `${scheme}://${userInfo}sentinels${rest}`);
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname.includes(',')) {
    throw new Error(FORMS);
  }
  const path = url.pathname.slice(1);
  const [name = '', ...afterName] = path.split('/');
  return {
    isTls: url.protocol === 'rediss:',
    credentials: credentialsOf(decode(url.username), decode(url.password)),
    ...(isSentinel === undefined
      ? { database: databaseNumber(path, 'after the host'), server: addressOf(url, REDIS_PORT) }
      : {
          database: databaseNumber(afterName.join('/'), 'after the name of the primary'),
          server: sentinelSettings(sentinels, name, url.searchParams),
        }),
  };
}

/** The server's or the Sentinels' `host:port`, for logs: never with a password. */
export function serversOf(url: string): string {
  const { server } = parseRedisUrl(url);
  const addresses = 'host' in server ? [server] : server.addresses;
  return addresses.map(({ host, port }) => hostPort(host, port)).join(', ');
}

/**
 * The TLS option that sends the host as SNI, which Node does not do by default. Empty for an IP address, which SNI cannot have
 * (RFC 6066 section 3).
 */
export const sniOption = (host: string) => (isIP(host) === 0 ? { servername: host } : {});

function sentinelSettings(hosts: string, name: string, options: URLSearchParams): SentinelSettings {
  if (name === '')
    throw new Error('must name the primary after the Sentinels: redis+sentinel://host:port,host:port/NAME');
  for (const key of options.keys()) {
    if (!/^sentinel_(username|password)$/.test(key)) {
      throw new Error('may have the options sentinel_username and sentinel_password only');
    }
  }
  const addresses = hosts.split(',').map((host) => {
    const url = host === '' ? null : URL.parse(`redis://${host}`);
    if (url === null) throw new Error('must list Sentinels as host:port, separated by commas');
    return addressOf(url, SENTINEL_PORT);
  });
  const option = (key: string) => options.get(key) ?? '';
  const credentials = credentialsOf(option('sentinel_username'), option('sentinel_password'));
  return { addresses, primaryName: decode(name), credentials };
}

const addressOf = ({ hostname, port }: URL, defaultPort: number): Address => ({
  host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
  port: Number(port || defaultPort),
});

const credentialsOf = (username: string, password: string): Credentials => ({
  ...(username !== '' && { username }),
  ...(password !== '' && { password }),
});

function databaseNumber(text: string, where: string): number {
  if (!/^[0-9]*$/.test(text)) throw new Error(`must have a database number or nothing ${where}`);
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('must percent-encode user, password and name');
  }
}
