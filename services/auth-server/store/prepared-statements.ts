import { hash } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';

const MARK = '/* prepared */';
/** As `modifyFront` of a query puts it. */
const MARKED_SELECT = `select ${MARK}`;
/** PostgreSQL cuts longer names off. */
const NAME_LENGTH = 32;

/**
 * Begins a statement that Postgres is to plan once a connection, not each time: for those whose joins take longer to plan
 * than to run. Its text must always be the same, with all that varies in parameters.
 */
export const PREPARED = sql.raw(MARK);

const names = new Map<string, string>();

/** A connection that prepares the statements that are marked; Kysely itself names none. */
export class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg, all of which are handed on as they are
  override query(...given: any[]): any {
    const [text, values, ...rest] = given;
    const isMarked = typeof text === 'string' && (text.startsWith(MARK) || text.startsWith(MARKED_SELECT));
    const query = isMarked ? [{ name: nameOf(text), text, values }, ...rest] : given;
    return super.query(...(query as Parameters<pg.Client['query']>));
  }
}

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = hash('sha256', text).slice(0, NAME_LENGTH);
  names.set(text, name);
  return name;
}
