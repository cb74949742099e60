/**
 * An auth-server that notes what it asks of Postgres: with the real service's environment. Its parent says `begin` and
 * `end` around a request and gets the statements. So the baseline runs what auth-server runs today, and cannot fall
 * behind it.
 */
import pg from 'pg';
import { createLog } from '#common/process/log.ts';
import { readConfig } from '../../../services/auth-server/config.ts';
import { AuthServer } from '../../../services/auth-server/server.ts';
import type { Statement, Value } from './statement.ts';

type Query = (text: unknown, values?: readonly Value[]) => Promise<{ rowCount: number | null }>;

let statements: Statement[] = [];
const prototype = pg.Client.prototype as unknown as { query: Query };
const { query } = prototype;
prototype.query = async function (this: unknown, text, values = []) {
  const result = await query.call(this, text, values);
  if (typeof text === 'string') statements.push({ text, values, rowCount: result.rowCount });
  return result;
};

const server = new AuthServer(readConfig(), createLog('auth-server', 'error'));
const { http } = await server.start();
process.on('disconnect', () => process.exit());
process.on('message', (what) => {
  if (what === 'end') process.send?.(statements);
  statements = [];
});
process.send?.({ http });
