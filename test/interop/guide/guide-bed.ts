import { expectStatus, type Pair, type RegisteredApp, type World } from '../../support/world.ts';
import { apiBed } from '../api-bed.ts';
import { Snippets } from './snippets.ts';

/** The redirect URI of the guide. Programs may use another port (RFC 8252 section 7.3). */
export const GUIDE_REDIRECT_URI = 'http://127.0.0.1:3000/callback';

/** A system with an API, and the snippets of the guide with the addresses of both. */
export interface GuideBed {
  readonly world: World;
  readonly snippets: Snippets;
  snippet(id: string): string;
  /** Registers an app as in the quick starts. */
  registerApp(fields?: Record<string, unknown>): Promise<RegisteredApp>;
  /** Installs the app as the admin of globex. */
  install(app: RegisteredApp, fields?: Record<string, unknown>): Promise<Pair>;
}

/** Call it once at the top of a test file. */
export async function guideBed(): Promise<GuideBed> {
  const { bed, resource } = await apiBed();
  const snippets = new Snippets();
  return {
    get world() {
      return bed.world;
    },
    snippets,
    snippet: (id) => snippets.take(id, bed.system.issuer, resource),
    registerApp: (fields = {}) =>
      bed.world.registerApp({
        redirect_uris: [GUIDE_REDIRECT_URI],
        allowed_actor_modes: ['app'],
        declared_scopes: ['posts:read'],
        ...fields,
      }),
    async install(app, fields = {}) {
      const code = await bed.world.code(app, { redirect_uri: GUIDE_REDIRECT_URI, ...fields });
      const response = await bed.world.exchange(app, code, { redirect_uri: GUIDE_REDIRECT_URI });
      return expectStatus(200, response).body;
    },
  };
}
