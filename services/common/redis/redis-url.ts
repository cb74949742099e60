import { isIP } from 'node:net';
import { hostPort } from '../process/host-port.ts';

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const FORMS = 'must be redis:// or rediss:// with one host, or redis+sentinel:// or rediss+sentinel:// with Sentinels';
/** Scheme, user info, hosts, the rest. `URL` does not accept several hosts. */
const SENTINEL_URL = /^(rediss?)\+sentinel:\/\/(?:([^@/?#]*)@)?([^@/?#]*)([^#]*)$/;
const HOST = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::([0-9]{1,5}))?$/;
const MAX_PORT = 65_535;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
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
 * Throws an error without the URL, which may have a password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const match = SENTINEL_URL.exec(text);
  return match === null ? parseServerUrl(text) : parseSentinelUrl(match as unknown as string[]);
}

/** The server's or the Sentinels' `host:port`, for logs: never with a password. */
export function serversOf(url: string): string {
  const { server } = parseRedisUrl(url);
  const addresses = 'host' in server ? [server] : server.addresses;
  return addresses.map(({ host, port }) => hostPort(host, port)).join(', ');
}

function parseServerUrl(text: string): RedisTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname.includes(',')) {
    throw new Error(FORMS);
  }
  return {
    isTls: url.protocol === 'rediss:',
    credentials: { username: decode(url.username), password: decode(url.password) },
    database: databaseNumber(url.pathname.slice(1), 'after the host'),
    server: { host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(url.port || REDIS_PORT) },
  };
}

function parseSentinelUrl([, scheme, userInfo = '', hosts = '', rest = '']: readonly string[]): RedisTarget {
  const [path = '', query = ''] = splitOnce(rest, '?');
  const [name = '', database = ''] = splitOnce(path.slice(1), '/');
  if (name === '')
    throw new Error('must name the primary after the Sentinels: redis+sentinel://host:port,host:port/NAME');
  const [username = '', password = ''] = splitOnce(userInfo, ':');
  const options = new URLSearchParams(query);
  const option = (key: string) => options.get(`sentinel_${key}`) || undefined;
  for (const key of options.keys()) {
    if (!/^sentinel_(username|password)$/.test(key)) {
      throw new Error('may have the options sentinel_username and sentinel_password only');
    }
  }
  return {
    isTls: scheme === 'rediss',
    credentials: { username: decode(username), password: decode(password) },
    database: databaseNumber(database, 'after the name of the primary'),
    server: {
      addresses: hosts.split(',').map(sentinelAddress),
      primaryName: decode(name) as string,
      credentials: { username: option('username'), password: option('password') },
    },
  };
}

function sentinelAddress(text: string): Address {
  const [, ipv6, name, digits] = HOST.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits ?? SENTINEL_PORT);
  if (host === undefined || (ipv6 !== undefined && isIP(ipv6) !== 6) || port === 0 || port > MAX_PORT) {
    throw new Error('must list Sentinels as host:port, separated by commas');
  }
  return { host, port };
}

function databaseNumber(text: string, where: string): number {
  if (!/^[0-9]*$/.test(text)) throw new Error(`must have a database number or nothing ${where}`);
  return Number(text);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    throw new Error('must percent-encode user, password and name');
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
