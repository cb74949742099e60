/** The bare loop: a process with as many connections as auth-server has, which only sends statements. */
import { Client } from 'pg';
import type { Statement, Value } from '../statements/statement.ts';
import { serveJobs } from './serve-jobs.ts';

export interface ReplayJob {
  readonly databaseUrl: string;
  readonly connections: number;
  /** One list for each request. */
  readonly requests: readonly (readonly Statement[])[];
}

serveJobs<ReplayJob, number>(replay);

/** Returns the seconds that it took, without connecting. */
async function replay({ databaseUrl, connections, requests }: ReplayJob): Promise<number> {
  const prepared = requests.map((statements) => statements.map(withBuffers));
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      return client;
    }),
  );
  const begun = performance.now();
  const queue = prepared.values();
  await Promise.all(
    clients.map(async (client) => {
      for (const statements of queue) for (const statement of statements) await run(client, statement);
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return seconds;
}

/** Throws if it does not touch as many rows as the recorded one did: then it was not the same work. */
async function run(client: Client, { text, values, rowCount }: Statement): Promise<void> {
  const result = await client.query(text, [...values]);
  if (result.rowCount === rowCount) return;
  throw new Error(`${result.rowCount} rows instead of ${rowCount}: ${text}`);
}

const withBuffers = (statement: Statement): Statement => ({ ...statement, values: statement.values.map(asBuffer) });

/** Between processes a Buffer becomes a Uint8Array, which pg would take for text. */
function asBuffer(value: Value): Value {
  if (Array.isArray(value)) return value.map(asBuffer);
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
