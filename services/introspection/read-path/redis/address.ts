import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const DEFAULT_PORT = 6379;

/** A Redis server and the commands that open a connection to it. */
export interface RedisAddress {
  /** Starts to connect. */
  connect(): Socket;
  /** HELLO with the credentials, SELECT. */
  readonly handshake: readonly (readonly string[])[];
}

/** Parses `redis://user:password@host:port/database`, or `rediss:` for TLS, as ioredis does. */
export function redisAddress(url: string): RedisAddress {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const target = { host, port: Number(port || DEFAULT_PORT) };
  const user = username === '' ? 'default' : decodeURIComponent(username);
  const credentials = password === '' ? [] : ['AUTH', user, decodeURIComponent(password)];
  const handshake: string[][] = [['HELLO', '3', ...credentials]];
  const database = pathname.slice(1);
  if (database !== '') handshake.push(['SELECT', database]);
  // SNI must not be an IP address (RFC 6066 section 3); Node sends none for an address.
  const connect = () => (protocol === 'rediss:' ? connectTls(target) : connectTcp(target)).setNoDelay(true);
  return { connect, handshake };
}
