import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, notFound } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import { ASSET_HEADERS, GUIDE_HEADERS, ICON_HEADERS, PAGE_HEADERS } from '../pages/page-headers.ts';
import type { SignIn } from '../pages/sign-in.ts';
import type { WebFile, WebFiles } from '../pages/web-files.ts';
import { credentialsOf, queryOf } from '../requests.ts';

export interface PageOptions {
  readonly files: WebFiles;
  readonly signIn: SignIn;
  /** A path on this origin, or the URL of the host platform's own consent page. */
  readonly consentPage: string;
}

const HOME = '/installs';
/** The console: all pages for signed-in users but the consent page. */
const CONSOLE_PATHS = ['/installs', '/installs/*', '/apps', '/apps/*', '/me'];

/** gzip in Accept-Encoding, unless it is refused with the weight 0 (RFC 9110 section 12.5.3). */
const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

/** The front end: pages for signed-in users; the guide, scripts and styles for everyone. */
export function pageRoutes(server: FastifyInstance, callers: CallerIdentifier, options: PageOptions): void {
  const { files, signIn, consentPage } = options;

  const page = (name: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const signInAddress = signIn.addressFor(request.url);
    reply.headers(PAGE_HEADERS);
    if (signInAddress !== undefined && (await isSignedOut(request, callers))) return reply.redirect(signInAddress, 302);
    if (!files.isBuilt) {
      return reply.code(503).type('text/plain').send('The pages are not built. Run npm run build:web\n');
    }
    return send(request, reply, files.find(name));
  };
  if (consentPage.startsWith('/')) server.get(consentPage, page('/consent.html'));
  for (const path of CONSOLE_PATHS) server.get(path, page('/console.html'));

  const guide = (request: FastifyRequest, reply: FastifyReply, file: string) =>
    send(request, reply, files.find(file), GUIDE_HEADERS);
  server.get('/docs', async (request, reply) => guide(request, reply, '/docs/index.html'));
  server.get<{ Params: { page: string } }>('/docs/:page', async (request, reply) =>
    guide(request, reply, guideFile(request.params.page)),
  );
  server.get('/llms.txt', async (request, reply) => guide(request, reply, '/llms.txt'));

  server.get('/', async (_request, reply) => reply.redirect(HOME, 302));
  server.get('/sign-in', async (request, reply) => {
    const returnPath = queryOf(request).get('return_to') || HOME;
    return reply.redirect(signIn.addressFor(returnPath) ?? HOME, 302);
  });
  server.get('/assets/*', async (request, reply) => send(request, reply, files.find(request.url), ASSET_HEADERS));
  server.get('/favicon.svg', async (request, reply) => send(request, reply, files.find('/favicon.svg'), ICON_HEADERS));
}

/** The file of a page of the guide, or of its Markdown. */
const guideFile = (page: string): string => `/docs/${page || 'index'}${page.endsWith('.md') ? '' : '.html'}`;

/** Whether the user must sign in first. False if that is unknown because of an outage, which the page then shows. */
async function isSignedOut(request: FastifyRequest, callers: CallerIdentifier): Promise<boolean> {
  try {
    await callers.requireUser(credentialsOf(request));
    return false;
  } catch (error) {
    return error instanceof AppError && error.reason === ErrorReason.CALLER_UNAUTHENTICATED;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, file: WebFile | undefined, headers = {}): FastifyReply {
  if (file === undefined) throw notFound('There is no such page');
  reply.headers({ ...headers, vary: 'accept-encoding' }).type(file.type);
  const acceptsGzip = GZIP.test(String(request.headers['accept-encoding'] ?? ''));
  return acceptsGzip ? reply.header('content-encoding', 'gzip').send(file.gzip) : reply.send(file.plain);
}
