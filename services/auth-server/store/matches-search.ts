import { type RawBuilder, sql } from 'kysely';

/**
 * Whether a name contains the text, ignoring case. Not LIKE, so that no character is special. With this collation, lower() works
 * for all scripts, whatever the database's locale.
 */
export const matchesSearch = (name: RawBuilder<string>, search: string) => sql<boolean>`
  strpos(lower(${name} COLLATE pg_c_utf8), lower(${search}::text COLLATE pg_c_utf8)) > 0`;
