import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError, notFound } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import type { AppLogos } from '../../domain/app/app-logos.ts';
import { LOGO_TYPES, MAX_LOGO_BYTES } from '../../logos/logo-bounds.ts';
import { LOGO_HEADERS } from '../pages/page-headers.ts';
import { adminRequestOf, credentialsOf } from '../requests.ts';
import { appJson } from '../serializers.ts';

type OfApp = { Params: { client_id: string } };

const PATH = '/oauth/apps/:client_id/logo';
const FILE = /^([0-9a-f]{64})\.png$/;

/** `/oauth/apps/{client_id}/logo`: the logo of an app, for admins of its owner. */
export function logoRoutes(server: FastifyInstance, callers: CallerIdentifier, logos: AppLogos): void {
  server.addContentTypeParser(LOGO_TYPES, { parseAs: 'buffer' }, async (request: FastifyRequest, body: unknown) => {
    if (request.routeOptions.url === PATH) return body;
    throw new AppError(ErrorReason.UNSUPPORTED, 'This endpoint does not support the content type');
  });
  // Runs before the body is read, so that only users can make the server buffer a body of this size.
  const onRequest = async (request: FastifyRequest) => {
    await callers.requireUser(credentialsOf(request));
  };

  server.put<OfApp>(PATH, { bodyLimit: MAX_LOGO_BYTES, onRequest }, async (request) => {
    const by = await adminRequestOf(request, callers);
    if (!Buffer.isBuffer(request.body)) {
      throw new AppError(ErrorReason.UNSUPPORTED, `This endpoint takes ${LOGO_TYPES.join(', ')}`);
    }
    return { app: appJson(await logos.put(by, request.params.client_id, request.body)) };
  });

  server.delete<OfApp>(PATH, async (request, reply) => {
    const by = await adminRequestOf(request, callers);
    await logos.remove(by, request.params.client_id);
    reply.code(204);
  });
}

/** The logos themselves, which are public. */
export function logoFileRoutes(server: FastifyInstance, logos: Pick<AppLogos, 'findPng'>): void {
  server.get<{ Params: { file: string } }>('/app-logos/:file', async (request, reply) => {
    const [, hash] = FILE.exec(request.params.file) ?? [];
    const png = hash && (await logos.findPng(hash));
    if (!png) throw notFound('There is nothing at this address');
    return reply.headers(LOGO_HEADERS).send(png);
  });
}
