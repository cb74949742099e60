/** A value that a statement takes. Buffers come over from other processes as plain Uint8Array. */
export type Value = string | number | boolean | null | Date | Uint8Array | readonly Value[];

/** What auth-server asked of Postgres, and how many rows that touched or returned. */
export interface Statement {
  readonly text: string;
  readonly values: readonly Value[];
  readonly rowCount: number | null;
}

/** Whom a request is about: the values by which its statements differ from those of another request. */
export type Subject = Readonly<Record<string, string | number | Uint8Array>>;
