import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { type Clock, systemClock } from '../../services/common/process/clock.ts';

const ISSUER = 'https://platform.test';
const AUDIENCE = 'featureos-oauth';
const KEY_ID = 'k1';

/** Parameters of the header that the platform does not set. */
type WrongHeader = Pick<JWTHeaderParameters, 'jwk' | 'jku' | 'x5u' | 'crit'> & Record<string, unknown>;

/** The sessions of the host platform: its JWKS over HTTP, and valid or invalid JWTs. */
export class TestPlatform {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;

  private constructor(server: Server, privateKey: CryptoKey, publicJwk: JWK, clock: Clock) {
    this.#server = server;
    this.privateKey = privateKey;
    this.publicJwk = publicJwk;
    this.#clock = clock;
  }

  static async start(clock: Clock = systemClock): Promise<TestPlatform> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' };
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TestPlatform(server, privateKey, jwk, clock);
  }

  get sessionConfig() {
    const { port } = this.#server.address() as AddressInfo;
    return { sessionJwksUrl: `http://127.0.0.1:${port}/jwks`, sessionIssuer: ISSUER, sessionAudience: AUDIENCE };
  }

  /** A session JWT of that user. `wrong` overrides parts of it (undefined removes a claim) and adds to its header. */
  sign(
    userId: number,
    wrong: { claims?: Record<string, unknown>; kid?: string; key?: CryptoKey; header?: WrongHeader } = {},
  ): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1_000);
    const claims = { sub: String(userId), iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 3_600, ...wrong.claims };
    const critical = wrong.header?.crit ?? [];
    return new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', kid: wrong.kid ?? KEY_ID, ...wrong.header })
      .sign(wrong.key ?? this.privateKey, { crit: Object.fromEntries(critical.map((name) => [name, true])) });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
