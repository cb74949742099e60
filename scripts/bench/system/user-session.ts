import type { StackInfo } from '../../stack/stack-file.ts';

/** A signed-in user of the stack, as an admin of one organization. */
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

  /** Calls auth-server over HTTP; rejects for an answer that is no success. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return readResponse(response);
  }
}

/** The JSON of a success, undefined for one without a body; rejects for anything else. */
export async function readResponse<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${body}`);
  return (body === '' ? undefined : JSON.parse(body)) as T;
}
