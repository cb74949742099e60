import type { AppId, OrganizationId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { OrganizationRef } from './app.ts';

/** Failures are equal if these fields, the client and the organization are. No field contains a credential. */
interface FailureKind {
  /** The path, such as `/oauth/token`. */
  readonly endpoint: string;
  /** The grant type of a request to `/oauth/token`, if the server knows it; otherwise empty. */
  readonly grantType: string;
  /** `error` and `error_description` of the response (RFC 6749 section 5.2). */
  readonly error: string;
  readonly description: string;
}

/** A failed request of an app to an endpoint that it calls with its client credentials. */
export interface FailedRequest extends FailureKind {
  /** Unverified: the secret may have been wrong. */
  readonly clientId: string;
  /** Whether the client secret was valid. */
  readonly isAuthenticated: boolean;
  /**
   * The organization of the code or token that was sent; undefined unless the app is authenticated and the code or token was
   * issued to it.
   */
  readonly organizationId: OrganizationId | undefined;
  readonly requestId: string;
}

/** Equal failures within a minute. */
export interface FailureCount extends Omit<FailedRequest, 'isAuthenticated'> {
  readonly minute: Date;
  readonly count: number;
  readonly lastFailedAt: Date;
}

/** Equal failures within a minute, as the owner of the app sees them. */
export interface ListedFailure extends FailureKind {
  readonly organization: OrganizationRef | null;
  readonly count: number;
  readonly lastFailedAt: Date;
  /** The id of the last request, as in the server's log. */
  readonly requestId: string;
}

export interface FailedRequestStore {
  /** Adds the counts. Skips client ids that no app has. */
  add(failures: readonly FailureCount[]): Promise<void>;
  /** Newest first. */
  listOfApp(appId: AppId, paging: Paging): Promise<ListedFailure[]>;
}
