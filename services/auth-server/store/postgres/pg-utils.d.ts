declare module 'pg/lib/utils.js' {
  /** A parameter as pg sends it. Throws for what has no form in Postgres. */
  export function prepareValue(value: unknown): Buffer | string | null;
}
