import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const DEFAULT_PORT = 6379;

/** Where a Redis is, and what is said to it first. */
export interface RedisAddress {
  /** Begins to connect. */
  dial(): Socket;
  /** Commands before all others: HELLO with the credentials, SELECT. */
  readonly greeting: readonly (readonly string[])[];
}

/** `redis://user:password@host:port/database`, or `rediss:` for TLS; the same parts as ioredis takes. */
export function redisAddress(url: string): RedisAddress {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const where = { host, port: Number(port || DEFAULT_PORT) };
  const user = username === '' ? 'default' : decodeURIComponent(username);
  const credentials = password === '' ? [] : ['AUTH', user, decodeURIComponent(password)];
  const greeting: string[][] = [['HELLO', '3', ...credentials]];
  const database = pathname.slice(1);
  if (database !== '') greeting.push(['SELECT', database]);
  // The name for SNI may not be an address (RFC 6066 section 3); Node leaves it out by itself where there is none.
  const dial = () => (protocol === 'rediss:' ? connectTls(where) : connectTcp(where)).setNoDelay(true);
  return { dial, greeting };
}
