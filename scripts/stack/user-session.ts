import type { StackInfo } from './stack-file.ts';

/** A signed-in user of the stack who is an admin of one organization. */
export class UserSession {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(origin: string, jwt: string, organization: string) {
    this.#origin = origin;
    this.#headers = { authorization: `Bearer ${jwt}`, 'x-organization': organization };
  }

  /** One of the demo users; `organization` is a subdomain. */
  static async signIn({ auth_server, session_jwt_url }: StackInfo, userId: number, organization: string) {
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

/** The JSON body, undefined without a body. Rejects if the status is not 2xx. */
export async function readResponse<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.url} returned ${response.status}: ${body}`);
  return (body === '' ? undefined : JSON.parse(body)) as T;
}
