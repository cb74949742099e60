import type { RequestName } from './request-schemas.ts';
import type { ResponseName } from './schemas.ts';

export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** One method of a path. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters are in braces. */
  readonly path: string;
  /** Unique. Code generators name functions after it. */
  readonly id: string;
  readonly tag: 'Apps' | 'Authorization' | 'Tokens' | 'Installs' | 'Webhooks';
  readonly summary: string;
  readonly description?: string;
  /**
   * `admin`: a user's session and `X-Organization`. `user`: only a session. `client`: the credentials of an app, and errors
   * in the format of RFC 6749 section 5.2.
   */
  readonly caller: 'admin' | 'user' | 'client';
  readonly query?: readonly QueryParameter[];
  /** `required`: whether the body is. Default: true. */
  readonly request?: { readonly schema: RequestName; readonly required?: boolean };
  /** The media types of a binary body, instead of `request`. */
  readonly binary?: readonly string[];
  /** The response on success; without a schema it has no body. */
  readonly success: { readonly status: 200 | 201 | 204; readonly schema?: ResponseName };
  /** Error statuses in addition to those that document.ts derives from the other fields. */
  readonly errors?: readonly number[];
}

type Route = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
type Described = Omit<Operation, 'method' | 'path' | 'id' | 'tag' | 'caller'> & {
  readonly route: Route;
  readonly tag?: Operation['tag'];
};

/** The operations for one kind of caller; the keys of `described` are their ids. `tag`: for those that name no other tag. */
export function operations(
  tag: Operation['tag'],
  caller: Operation['caller'],
  described: Readonly<Record<string, Described>>,
): readonly Operation[] {
  return Object.entries(described).map(([id, { route, ...fields }]) => {
    const [method, path] = route.split(' ') as [string, string];
    return { id, method: method.toLowerCase() as Operation['method'], path, tag, caller, ...fields };
  });
}
