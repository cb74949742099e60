import type { RequestName } from './request-schemas.ts';
import type { ResponseName } from './schemas.ts';

/** A query parameter. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** One method of one address. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters in braces. */
  readonly path: string;
  /** Unique; code generators name functions by it. */
  readonly id: string;
  readonly tag: 'Apps' | 'Authorization' | 'Tokens' | 'Installs' | 'Webhooks';
  readonly summary: string;
  readonly description?: string;
  /**
   * `admin`: a user's session and `X-Organization`. `user`: a session alone. `client`: the credentials of an app, and errors
   * as RFC 6749 section 5.2 has them.
   */
  readonly caller: 'admin' | 'user' | 'client';
  readonly query?: readonly QueryParameter[];
  readonly request?: { readonly schema: RequestName; readonly required?: boolean };
  /** The media types of a binary body, instead of `request`. */
  readonly binary?: readonly string[];
  /** The response of a success; without a schema it has no body. */
  readonly success: { readonly status: 200 | 201 | 204; readonly schema?: ResponseName };
  /** Statuses of errors beside those that every operation of such a caller has. */
  readonly errors?: readonly number[];
}
