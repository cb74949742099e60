declare module 'pg/lib/utils.js' {
  /** A parameter as pg sends it. Throws for a value that pg cannot encode. */
  export function prepareValue(value: unknown): Buffer | string | null;
}
