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
  /** Whether a repeat is how its caller learns that it is visible, and gets what it hands out; not so for an exchange. */
  readonly repeatable: boolean;
  /** Whether a refusal of a repeat, by its text, says that no repeat will ever succeed. Left out: none does. */
  readonly isOver?: (refusal: string) => boolean;
}

const REPEAT_REST_MS = 150;

/** Makes the change and writes its story into the dimension. Returns the body of its answer, if it was acknowledged. */
export async function perform(
  { dimension, value, call, happened, repeatable, isOver = () => false }: Change,
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
  return repeatable ? repeat(version, call, isOver, place) : undefined;
}

/** A repeat may report success only once the first one is visible: that is its acknowledgement. */
async function repeat(
  version: Version,
  call: () => Promise<Outcome>,
  isOver: (refusal: string) => boolean,
  place: Workplace,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  while (!place.closing.aborted) {
    const outcome = await call();
    if (outcome.kind === 'done') {
      acknowledge(version, place);
      return outcome.body;
    }
    if (outcome.kind === 'refused' && isOver(outcome.why)) return undefined;
    await rest(place.closing, REPEAT_REST_MS);
  }
  return undefined;
}

function acknowledge(version: Version, { counts }: Workplace): void {
  settle.acknowledged(version, performance.now());
  counts.acknowledged++;
}
