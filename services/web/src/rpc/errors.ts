import { ConnectError } from '@connectrpc/connect';
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { text } from '../text.ts';

/** The server's error detail; undefined for an error without a reason, such as a failed connection or a passed deadline. */
export function detailOf(error: unknown): ErrorDetail | undefined {
  return error instanceof ConnectError ? error.findDetails(ErrorDetailSchema)[0] : undefined;
}

export function reasonOf(error: unknown): ErrorReason | undefined {
  return detailOf(error)?.reason;
}

/** The server's message, which is written for users, if the error has a detail. Other errors get one text of the pages. */
export function messageOf(error: unknown): string {
  return error instanceof ConnectError && detailOf(error) ? error.rawMessage : text.errors.unreachable;
}

/** Whether the error has no reason, or the server lacked a dependency or was overloaded: a retried read may succeed. */
export function isOutage(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === undefined || reason === ErrorReason.DEPENDENCY_UNAVAILABLE;
}

/** Whether the change is committed but not yet effective everywhere. */
export const isPropagating = (error: unknown): boolean => reasonOf(error) === ErrorReason.PROPAGATION_PENDING;

/** The messages of the violations of each field, joined, by the snake_case name of the field. */
export function violationsOf(error: unknown): ReadonlyMap<string, string> {
  const violations = detailOf(error)?.fieldViolations ?? [];
  const grouped = Map.groupBy(violations, ({ field }) => field);
  return new Map([...grouped].map(([field, group]) => [field, group.map(({ message }) => message).join('; ')]));
}
