import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const KEY_ID = 'development';
const SESSION_LIFE = '1h';
export const SESSION_AUDIENCE = 'featureos-oauth';

/** The host platform as far as the development stack needs it: signs demo users in. Exists nowhere else. */
export interface DevPlatform {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Append a user id; answers with a session JWT as plain text. */
  readonly sessionUrl: string;
  stop(): Promise<void>;
}

/** `userIds`: who may sign in. */
export async function startDevPlatform(port: number, userIds: readonly number[]): Promise<DevPlatform> {
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' }] };
  const sign = (userId: number) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: KEY_ID })
      .setSubject(String(userId))
      .setIssuer(issuer)
      .setAudience(SESSION_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(SESSION_LIFE)
      .sign(privateKey);

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const userId = userIds.find((id) => String(id) === url.searchParams.get('user'));
    if (url.pathname === '/jwks') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
    } else if (url.pathname === '/session' && userId !== undefined) {
      response
        .setHeader('content-type', 'text/plain')
        .setHeader('cache-control', 'no-store')
        .end(await sign(userId));
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end(`There is /jwks and /session?user=<id>, for the demo users ${userIds.join(', ')}\n`);
    }
  });
  await listen(server, port);
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    sessionUrl: `${issuer}/session?user=`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
