import { connect } from 'node:net';
import pg from 'pg';

/**
 * What pg's decoding takes for granted, said at connect, so that ALTER DATABASE and ALTER ROLE do not decide it. These are
 * parameters that a transaction-mode pooler keeps for each client (pgbouncer refuses most others), spelled as Postgres
 * reports them. pg itself says client_encoding.
 */
const STARTUP_PARAMETERS = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

const CANCEL_TIMEOUT_MS = 1_000;
/** PostgreSQL's protocol, section "CancelRequest". */
const CANCEL_REQUEST_CODE = 80_877_102;

/** What pg.Client has besides its types. */
interface ClientInternals {
  getStartupConf(): Record<string, string>;
  readonly processID: number;
  readonly secretKey: number;
}

const { getStartupConf } = pg.Client.prototype as unknown as ClientInternals;

/** A connection with these parameters, for which pg has no option. */
export class SessionClient extends pg.Client {
  getStartupConf(): Record<string, string> {
    return { ...getStartupConf.call(this), ...STARTUP_PARAMETERS };
  }

  /** Asks the server to end the statement that runs here. Waits until it has taken the request, at most a second. */
  async cancelStatement(): Promise<void> {
    const { processID, secretKey } = this as unknown as ClientInternals;
    const request = Buffer.allocUnsafe(16);
    for (const [index, word] of [16, CANCEL_REQUEST_CODE, processID, secretKey].entries()) {
      request.writeInt32BE(word, index * 4);
    }
    const isPath = this.host.startsWith('/');
    const socket = isPath ? connect(`${this.host}/.s.PGSQL.${this.port}`) : connect(this.port, this.host);
    socket.setTimeout(CANCEL_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => {}); // whoever has given up on the statement has been told already
    socket.resume().write(request);
    await new Promise((resolve) => socket.once('close', resolve));
  }
}
