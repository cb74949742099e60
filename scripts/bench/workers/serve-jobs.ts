export type Outcome<Result> = { readonly result: Result } | { readonly error: string };

/** Runs each job that the parent (worker-process.ts) sends; it sends one at a time. The process ends with its parent. */
export function serveJobs<Job, Result>(run: (job: Job) => Promise<Result>): void {
  const send = (outcome: Outcome<Result>): void => void process.send?.(outcome);
  process.on('disconnect', () => process.exit());
  process.on('message', (job: Job) => {
    run(job).then(
      (result) => send({ result }),
      (error: Error) => send({ error: error.message }),
    );
  });
}
