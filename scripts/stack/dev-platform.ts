import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { DemoUser } from './demo-world.ts';
import { SignIn } from './sign-in.ts';

const KEY_ID = 'development';
const SESSION_LIFETIME = '1h';
export const SESSION_AUDIENCE = 'featureos-oauth';

/** Replaces the host platform in stacks that scripts start: signs users in. */
export interface DevPlatform {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** The sign-in page: sets the session cookie and redirects to `return_to`. */
  readonly signInUrl: string;
  /** Append a user id; responds with a session JWT as plain text. */
  readonly sessionUrl: string;
  stop(): Promise<void>;
}

/** `address`: host:port. `users`: those on the sign-in page. `returnOrigin`: the only origin that this page redirects to. */
export async function startDevPlatform(
  address: string,
  users: readonly DemoUser[],
  returnOrigin: string,
): Promise<DevPlatform> {
  const issuer = `http://${address}`;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' }] };
  const sign = (userId: number) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: KEY_ID })
      .setSubject(String(userId))
      .setIssuer(issuer)
      .setAudience(SESSION_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(SESSION_LIFETIME)
      .sign(privateKey);

  const signIn = new SignIn({ users, returnOrigin, sign });
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (await signIn.handle(request, url, response)) return;
    // /session accepts any user id, because tests create users.
    const userId = Number(url.searchParams.get('user'));
    if (url.pathname === '/jwks') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
    } else if (url.pathname === '/session' && Number.isSafeInteger(userId) && userId > 0) {
      response
        .setHeader('content-type', 'text/plain')
        .setHeader('cache-control', 'no-store')
        .end(await sign(userId));
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end(`The endpoints are /jwks, /sign-in and /session?user=<id of a user>\n`);
    }
  });
  await listen(server, address);
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    signInUrl: `${issuer}/sign-in`,
    sessionUrl: `${issuer}/session?user=`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), hostname, resolve);
  });
}
