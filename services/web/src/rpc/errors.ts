import { ConnectError } from '@connectrpc/connect';
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { text } from '../text.ts';

/** What the server says about an error, for programs; undefined where no answer of ours came. */
export function detailOf(error: unknown): ErrorDetail | undefined {
  return error instanceof ConnectError ? error.findDetails(ErrorDetailSchema)[0] : undefined;
}

export function reasonOf(error: unknown): ErrorReason | undefined {
  return detailOf(error)?.reason;
}

/** The text that was written for people; what a browser says of a broken connection was not. */
export function messageOf(error: unknown): string {
  return error instanceof ConnectError && detailOf(error) ? error.rawMessage : text.errors.unreachable;
}

/** Nothing was decided, so asking again is safe and may help. */
export function isOutage(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === undefined || reason === ErrorReason.DEPENDENCY_UNAVAILABLE;
}

/** Committed, and not yet visible everywhere. */
export const isPropagating = (error: unknown): boolean => reasonOf(error) === ErrorReason.PROPAGATION_PENDING;

/** What is wrong with each field, by its snake_case name. */
export function violationsOf(error: unknown): ReadonlyMap<string, string> {
  const violations = detailOf(error)?.fieldViolations ?? [];
  const grouped = Map.groupBy(violations, ({ field }) => field);
  return new Map([...grouped].map(([field, group]) => [field, group.map(({ message }) => message).join('; ')]));
}
