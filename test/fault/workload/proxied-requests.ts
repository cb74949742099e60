import { expectStatus, type RegisteredApp, type World } from '../../support/world.ts';

const CLIENTS = 4;
/** How many requests use each token while it is active, and after the disconnect. */
const REQUESTS_WHILE_ACTIVE = 90;
const REQUESTS_AFTER = 30;
/** The app has scopes for posts, which the API calls feature requests, and for comments. */
const ALLOWED = '/api/v3/feature_requests';
const WITHOUT_SCOPE = '/api/v3/customers';

/**
 * Clients of a proxy that install an app, use its token, disconnect the app, and use the token again. A token must be accepted
 * from the exchange until the disconnect begins, and rejected once the disconnect has returned.
 */
export class ProxiedRequests {
  readonly #url: string;
  readonly #world: World;
  /** Correct responses: 200, 401 or 403. */
  decided = 0;
  /** Responses with 503. */
  undecided = 0;
  /** Descriptions of wrong responses. */
  readonly wrong: string[] = [];

  constructor(url: string, world: World) {
    this.#url = url;
    this.#world = world;
  }

  /** Resolves once at least `decided` requests are decided and each client has finished with its token. */
  async run(decided: number): Promise<void> {
    const client = async () => {
      const app = await this.#world.registerApp();
      while (this.decided < decided) await this.#exerciseToken(app);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  async #exerciseToken(app: RegisteredApp): Promise<void> {
    const { access_token: token } = await this.#world.install(app);
    for (let request = 0; request < REQUESTS_WHILE_ACTIVE; request++) {
      if (request % 3 === 0) await this.#expectStatus(403, WITHOUT_SCOPE, token, 'a missing scope');
      else await this.#expectStatus(200, ALLOWED, token, 'an active token');
    }
    expectStatus(204, await this.#world.disconnect(await this.#world.installId(app)));
    for (let request = 0; request < REQUESTS_AFTER; request++) {
      await this.#expectStatus(401, ALLOWED, token, 'a disconnected token');
    }
  }

  async #expectStatus(status: number, path: string, token: string, description: string): Promise<void> {
    const response = await this.#get(path, token);
    if (response.status === 503) this.undecided++;
    else if (response.status === status) this.decided++;
    else this.wrong.push(`${response.status} instead of ${status}: ${description}`);
  }

  /**
   * Repeats a request once if it failed without a complete response: a proxy may close an idle connection just when it is used
   * again (RFC 9112, section 9.3.1).
   */
  async #get(path: string, token: string): Promise<Response> {
    const get = async () => {
      const response = await fetch(this.#url + path, { headers: { authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      return response;
    };
    return await get().catch(get);
  }
}
