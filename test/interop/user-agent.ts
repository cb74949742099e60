import { expect } from 'vitest';
import { expectStatus, type HttpResponse, TARGET_ADMIN, type World } from '../support/world.ts';

/**
 * Acts as the browser and the admin of globex, from a client library's authorization URL to the redirect: reads the request as the
 * consent page does, decides, and returns the redirect URL.
 */
export async function decide(
  world: World,
  authorizationUrl: string | URL,
  decision: 'approve' | 'deny' = 'approve',
): Promise<URL> {
  const { origin, pathname, search, searchParams } = new URL(authorizationUrl);
  expect(origin + pathname).toBe(`${world.system.issuer}/oauth/authorize`);

  const page = await world.http('GET', pathname + search, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(302);
  expect(page.headers.get('location')).toBe(`/consent${search}`);

  const shown = expectStatus(200, await world.as(TARGET_ADMIN, 'GET', pathname + search)).body;
  const body = { ...Object.fromEntries(searchParams), actor: shown.actor, target_organization_id: 2, decision };
  const decided: HttpResponse = await world.as(TARGET_ADMIN, 'POST', '/oauth/authorize/consent', body);
  return new URL(expectStatus(200, decided).body.redirect_to);
}
