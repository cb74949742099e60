import { type Dimension, settle, type Version } from '../checker/history.ts';
import type { Outcome } from '../harness/auth-client.ts';
import { rest, type Workplace } from './workplace.ts';

/** One change of one dimension. */
export interface Change {
  readonly dimension: Dimension;
  readonly value: string;
  readonly call: () => Promise<Outcome>;
  /** Whether it happened, by Postgres. */
  readonly happened: () => Promise<boolean>;
  /** Whether a repeat is how its caller learns that it is visible; not so for calls that hand out credentials. */
  readonly repeatable: boolean;
}

const REPEAT_REST_MS = 150;

/** Makes the change and writes its story into the dimension. Returns the body of its answer, if it was acknowledged. */
export async function perform(
  { dimension, value, call, happened, repeatable }: Change,
  place: Workplace,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const version = dimension.begin(value, performance.now());
  const outcome = await call();
  if (outcome.kind === 'done') {
    acknowledge(version, place);
    return outcome.body;
  }
  if (outcome.kind === 'refused') {
    settle.undone(version);
    place.counts.undone++;
    return undefined;
  }
  place.counts[outcome.kind]++;
  if (!(await happened())) {
    settle.undone(version);
    if (outcome.kind === 'pending') place.defects.push(`${dimension.name}: reported as pending, but not committed`);
    return undefined;
  }
  settle.committed(version);
  if (repeatable) await repeat(version, call, place);
  return undefined;
}

/** A repeat may report success only once the first one is visible: that is its acknowledgement. */
async function repeat(version: Version, call: () => Promise<Outcome>, place: Workplace): Promise<void> {
  while (!place.closing.aborted) {
    const outcome = await call();
    if (outcome.kind === 'done') return acknowledge(version, place);
    await rest(place.closing, REPEAT_REST_MS);
  }
}

function acknowledge(version: Version, { counts }: Workplace): void {
  settle.acknowledged(version, performance.now());
  counts.acknowledged++;
}
