import type { StackInfo } from './stack-file.ts';

/** A signed-in user of the stack who is an admin of one organization. */
export class UserSession {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(origin: string, jwt: string, organization: string) {
    this.#origin = origin;
    this.#headers = { authorization: `Bearer ${jwt}`, 'x-organization': organization };
  }

  /** `organization` is a subdomain. */
  static async signIn(
    { auth_server, session_jwt_url }: Pick<StackInfo, 'auth_server' | 'session_jwt_url'>,
    userId: number,
    organization: string,
  ) {
    const jwt = await (await fetch(session_jwt_url + userId)).text();
    return new UserSession(auth_server.http, jwt, organization);
  }

  /** Calls auth-server over HTTP; rejects if the status is not 2xx. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return readResponse(response);
  }
}

/** A response whose status is not 2xx. */
export class UnexpectedStatus extends Error {
  readonly status: number;

  constructor({ url, status }: Response, body: string) {
    super(`${url} returned ${status}: ${body}`);
    this.status = status;
  }
}

/** The JSON body, undefined without a body. Rejects with UnexpectedStatus if the status is not 2xx. */
export async function readResponse<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!response.ok) throw new UnexpectedStatus(response, body);
  return (body === '' ? undefined : JSON.parse(body)) as T;
}
