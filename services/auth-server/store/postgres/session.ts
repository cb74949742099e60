import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg from 'pg';

/**
 * Settings that pg's parsers rely on, sent at connect so that ALTER DATABASE and ALTER ROLE do not change them. A
 * transaction-mode pooler keeps these for each client, if they are spelled as Postgres reports them; pgbouncer rejects most
 * others. pg itself sends client_encoding.
 */
const STARTUP_PARAMETERS = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

const CANCEL_TIMEOUT_MS = 1_000;

/** Parts of pg that are missing in its types. */
interface ClientInternals {
  getStartupConf(): Record<string, string>;
  readonly processID: number;
  readonly secretKey: number;
  readonly ssl: false | object;
  readonly sslNegotiation: string;
}
interface ConnectionInternals extends EventEmitter {
  readonly stream: Socket;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

const { getStartupConf } = pg.Client.prototype as unknown as ClientInternals;

/** Sends the startup parameters, for which pg has no option. */
export class SessionClient extends pg.Client {
  getStartupConf(): Record<string, string> {
    return { ...getStartupConf.call(this), ...STARTUP_PARAMETERS };
  }

  /**
   * Asks the server to cancel the statement of this connection, over TLS if the connection uses it. Waits until the server has
   * read the request, at most a second.
   */
  async cancelStatement(): Promise<void> {
    const { processID, secretKey, ssl, sslNegotiation } = this as unknown as ClientInternals;
    const connection = new pg.Connection({ ssl, sslNegotiation } as object) as unknown as ConnectionInternals;
    const cancel = () => connection.cancel(processID, secretKey);
    connection.once('connect', () => {
      if (ssl === false) cancel();
      else if (sslNegotiation !== 'direct') connection.requestSsl();
    });
    connection.once('sslconnect', cancel);
    connection.on('error', () => {}); // the caller of the statement already has its error
    const timer = setTimeout(() => connection.stream.destroy(), CANCEL_TIMEOUT_MS);
    const ended = new Promise((resolve) => connection.once('end', resolve));
    if (this.host.startsWith('/')) connection.connect(`${this.host}/.s.PGSQL.${this.port}`);
    else connection.connect(this.port, this.host);
    await ended;
    clearTimeout(timer);
  }
}
