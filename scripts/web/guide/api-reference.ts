/** The reference of the HTTP API in Markdown, from its OpenAPI description. */
import { openApiDocument } from '../../../services/auth-server/http/openapi/document.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

const INTRODUCTION = `# API reference

The endpoints of the authorization server. For code generators and other tools, they are also described in [OpenAPI 3.1](/openapi.json).

Endpoints for **admins** take the session of a user of the platform (\`Authorization: Bearer <JWT>\`) and the header \`X-Organization\`. The developer console uses the same operations. The endpoints under **Authorization** take the session of any user, without that header. Endpoints for **apps** take the client ID and the client secret, in HTTP Basic or in the body.
`;

const SCHEMA_PREFIX = '#/components/schemas/';

export function apiReference(): string {
  const { paths, components } = openApiDocument('https://auth.example.com');
  const schemas = components.schemas as Readonly<Record<string, Schema>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation: operation as Operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags[0] as string);
  const sections = [...byTag].map(([tag, members]) => {
    const described = members.map(({ method, path, operation }) => operationText(method, path, operation, schemas));
    return `## ${tag}\n\n${described.join('\n')}`;
  });
  return [INTRODUCTION, ...sections, objects(schemas)].join('\n');
}

function operationText(
  method: string,
  path: string,
  operation: Operation,
  schemas: Readonly<Record<string, Schema>>,
): string {
  const { summary, description, parameters, requestBody, responses } = operation;
  const body = requestBody && Object.values(requestBody.content)[0]?.schema;
  const fields = body && fieldRows(resolve(body, schemas), 'body');
  const rows = [...parameters.map((parameter) => parameterRow(parameter)), ...(fields ?? [])];
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
  const result = success?.[1].content?.['application/json']?.schema;
  return [
    `### ${summary}`,
    `\`${method.toUpperCase()} ${path}\``,
    '',
    ...(description === undefined ? [] : [description, '']),
    ...(rows.length === 0 ? [] : table(['parameter', 'in', 'type', ''], rows)),
    '',
    `Returns ${success?.[0]}${result === undefined ? '' : ` with ${typeOf(result)}`}. Errors: ${Object.keys(responses)
      .filter((status) => !status.startsWith('2'))
      .join(', ')}.`,
    '',
  ].join('\n');
}

const parameterRow = ({ name, in: where, required, description = '', schema }: Parameter): string[] => [
  `\`${name}\`${required ? ' (required)' : ''}`,
  where,
  typeOf(schema),
  description,
];

function fieldRows({ properties = {}, required = [] }: Schema, where: string): string[][] {
  return Object.entries(properties).map(([name, schema]) => [
    `\`${name}\`${required.includes(name) ? ' (required)' : ''}`,
    where,
    typeOf(schema),
    schema.description ?? '',
  ]);
}

/** The main objects in responses, field by field. */
function objects(schemas: Readonly<Record<string, Schema>>): string {
  const names = ['App', 'Install', 'Tokens', 'Hook', 'Delivery', 'AuthorizationRequest', 'Error', 'OAuthError'];
  const described = names.map((name) => {
    const rows = Object.entries(schemas[name]?.properties ?? {}).map(([field, schema]) => [
      `\`${field}\``,
      typeOf(schema),
      schema.description ?? '',
    ]);
    return [`### ${name} object`, ...table(['field', 'type', ''], rows), ''].join('\n');
  });
  return `## Objects\n\n${described.join('\n')}`;
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf } = schema;
  if ($ref !== undefined) return $ref.slice(SCHEMA_PREFIX.length);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined && schema.enum.length <= 5)
    return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  return [type ?? 'object'].flat().join(' or ');
}

function resolve(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  return schema.$ref === undefined ? schema : (schemas[schema.$ref.slice(SCHEMA_PREFIX.length)] as Schema);
}
