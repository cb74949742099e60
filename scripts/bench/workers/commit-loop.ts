/** Commits single-row INSERTs and does nothing else. */
import pg from 'pg';
import { BareInserts } from '../system/bare-inserts.ts';
import { serveJobs } from './serve-jobs.ts';

export interface CommitJob {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly commits: number;
}

export interface CommitReport {
  readonly perSecond: number;
  /** CPU time of this process per commit, µs. */
  readonly cpuMicros: number;
}

/** Connecting is not measured. */
serveJobs<CommitJob, CommitReport>(async ({ databaseUrl, connections, commits }) => {
  const db = new pg.Pool({ connectionString: databaseUrl, max: connections });
  try {
    const inserts = await BareInserts.prepare(db);
    await commitAll(inserts, connections, connections); // opens the connections
    const [begun, cpu] = [performance.now(), process.cpuUsage()];
    await commitAll(inserts, connections, commits);
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (commits / (performance.now() - begun)) * 1_000, cpuMicros: (user + system) / commits };
  } finally {
    await db.end();
  }
});

async function commitAll(inserts: BareInserts, connections: number, commits: number): Promise<void> {
  let left = commits;
  const committer = async () => {
    while (left-- > 0) await inserts.insert(1);
  };
  await Promise.all(Array.from({ length: connections }, committer));
}
