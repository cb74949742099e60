declare module 'pg/lib/utils.js' {
  /** A parameter as pg sends it. Throws for a value that Postgres cannot represent. */
  export function prepareValue(value: unknown): Buffer | string | null;
}
