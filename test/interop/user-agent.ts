import { expect } from 'vitest';
import { expectStatus, type HttpResponse, TARGET_ADMIN, type World } from '../support/world.ts';

/**
 * Acts as the browser and the admin of globex: follows an authorization URL to the consent page, reads the request and decides
 * over HTTP, as a host platform's own consent page can, and returns the redirect URL.
 */
export async function decide(
  world: World,
  authorizationUrl: string | URL,
  decision: 'approve' | 'deny' = 'approve',
): Promise<URL> {
  const { origin, pathname, search, searchParams } = new URL(authorizationUrl);
  expect(origin + pathname).toBe(`${world.system.issuer}/oauth/authorize`);

  const redirect = await world.http('GET', pathname + search, { headers: { accept: 'text/html' } });
  expect(redirect.status).toBe(302);
  expect(redirect.headers.get('location')).toBe(`/consent${search}`);

  const request = expectStatus(200, await world.as(TARGET_ADMIN, 'GET', pathname + search)).body;
  const body = { ...Object.fromEntries(searchParams), actor: request.actor, target_organization_id: 2, decision };
  const decided: HttpResponse = await world.as(TARGET_ADMIN, 'POST', '/oauth/authorize/consent', body);
  return new URL(expectStatus(200, decided).body.redirect_to);
}
