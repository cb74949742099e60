import { z } from 'zod';
import type { Operation, QueryParameter } from './operation.ts';
import { APP_OPERATIONS } from './operations/apps.ts';
import { AUTHORIZATION_OPERATIONS } from './operations/authorization.ts';
import { INSTALL_OPERATIONS } from './operations/installs.ts';
import { TOKEN_OPERATIONS } from './operations/tokens.ts';
import { WEBHOOK_OPERATIONS } from './operations/webhooks.ts';
import { REQUEST_SCHEMAS } from './request-schemas.ts';
import { RESPONSE_SCHEMAS, type ResponseName } from './schemas.ts';

export const OPERATIONS: readonly Operation[] = [
  ...AUTHORIZATION_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...APP_OPERATIONS,
  ...INSTALL_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
];

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'Done, without a body',
  400: 'The request is invalid',
  401: 'Not authenticated',
  403: 'Not an admin of the organization, or a change with the session cookie from another origin',
  404: 'Not found, or it belongs to another organization or app',
  409: 'Not possible in this state',
  413: 'The body is too large',
  415: 'The content type is not supported',
  422: 'A field is invalid',
  429: 'Too many requests; see Retry-After',
  503: 'An outage, or a change that is not visible everywhere yet; see Retry-After',
};

const SECURITY = {
  admin: [{ session: [] }],
  user: [{ session: [] }],
  client: [{ client_secret_basic: [] }, {}],
} as const;

/** The OpenAPI 3.1 document of the HTTP API of the server at `issuer`. */
export function openApiDocument(issuer: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'OAuth Apps',
      version: '1',
      description: `Register apps, authorize and install them, and manage their tokens and webhooks. Guide: ${new URL('/docs', issuer).href}`,
    },
    servers: [{ url: issuer }],
    paths: paths(),
    components: {
      schemas: { ...componentsOf(REQUEST_SCHEMAS, 'input'), ...componentsOf(RESPONSE_SCHEMAS, 'output') },
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The session of a user.' },
        client_secret_basic: {
          type: 'http',
          scheme: 'basic',
          description: 'Client ID and client secret. They can be sent in the body instead.',
        },
      },
    },
  };
}

function paths(): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    found[operation.path] = { ...found[operation.path], [operation.method]: operationObject(operation) };
  }
  return found;
}

function operationObject(operation: Operation) {
  const { id, tag, summary, description, caller, request, binary, success } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[caller],
    parameters: parametersOf(operation),
    ...(request !== undefined && {
      requestBody: { required: request.required ?? true, content: requestContent(operation, request.schema) },
    }),
    ...(binary !== undefined && {
      requestBody: { required: true, content: Object.fromEntries(binary.map((type) => [type, {}])) },
    }),
    responses: Object.fromEntries([
      [success.status, responseObject(success.status, success.schema)],
      ...errorStatuses(operation).map((status) => [status, responseObject(status, errorSchema(operation, status))]),
    ]),
  };
}

function parametersOf({ path, caller, query = [] }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    parameter('path', { name: name as string, required: true }),
  );
  const organization = {
    name: 'X-Organization',
    description: 'The subdomain of the organization. The user must be an admin of it.',
    required: true,
  };
  return [
    ...inPath,
    ...(caller === 'admin' ? [parameter('header', organization)] : []),
    ...query.map((each) => parameter('query', each)),
  ];
}

function parameter(
  where: 'path' | 'header' | 'query',
  fields: Omit<QueryParameter, 'description'> & { description?: string },
) {
  return { in: where, required: false, schema: { type: 'string' }, ...fields };
}

/** Apps may send a form (RFC 6749) or JSON. */
function requestContent({ caller }: Operation, schema: string) {
  const types = caller === 'client' ? ['application/x-www-form-urlencoded', 'application/json'] : ['application/json'];
  return Object.fromEntries(types.map((type) => [type, { schema: reference(schema) }]));
}

function errorStatuses({ path, caller, request, binary, errors = [] }: Operation): number[] {
  const always = caller === 'client' ? [400, 401, 429, 503] : [400, 401, 503];
  const forAdmins = caller === 'admin' ? [403, ...(path.includes('{') ? [404] : []), ...(request ? [422] : [])] : [];
  // RFC 6749 section 5.2: endpoints for clients respond with 400 to an unsupported content type.
  const forBodies = (request ?? binary) ? [413, ...(caller === 'client' ? [] : [415])] : [];
  return [...new Set([...always, ...forAdmins, ...forBodies, ...errors])].sort((one, other) => one - other);
}

/**
 * Errors of the endpoints for clients have the format of RFC 6749. A 400 of an authorization endpoint has that format or the
 * common one.
 */
function errorSchema({ caller, tag }: Operation, status: number): ResponseName {
  if (caller === 'client') return 'OAuthError';
  return tag === 'Authorization' && status === 400 ? 'AuthorizationError' : 'Error';
}

function responseObject(status: number, schema: string | undefined) {
  const content = schema === undefined ? {} : { content: { 'application/json': { schema: reference(schema) } } };
  return { description: STATUS_TEXTS[status], ...content };
}

const reference = (schema: string) => ({ $ref: `#/components/schemas/${schema}` });

function componentsOf(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const uri = (id: string) => `#/components/schemas/${id}`;
  const { schemas: described } = z.toJSONSchema(registry, {
    io,
    uri,
    override: ({ jsonSchema }) => simplify(jsonSchema, io),
  });
  return Object.fromEntries(Object.entries(described).map(([id, { $id, $schema, ...schema }]) => [id, schema]));
}

/**
 * Removes redundant constraints, and `additionalProperties: false` of responses: clients must ignore response fields added later.
 * Request bodies that reject unknown fields keep it.
 */
function simplify(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}
