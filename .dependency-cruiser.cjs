/**
 * Which imports are allowed. They run in one direction, in auth-server for example:
 *
 *   gen ← packages ← services/common ← token-state ← domain ← store ← rpc | http | jobs ← server ← main
 *
 * and a service never imports another one. Type-only imports count like any other, except in no-development-packages.
 * The parsing is done by the package `typescript` (6): 7 has no JavaScript API yet.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const SERVICE = '^services/(?!common/)[^/]+';
const SQL = '^node_modules/(pg|kysely)/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Merge files that import each other, or move what they share to a third file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'No other rule applies to an import that cannot be resolved.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-packages',
      comment: 'Imported packages are in our package.json, not only dependencies of other packages.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'gen-is-generated',
      comment: 'Generated code imports only the protobuf runtime and itself.',
      from: { path: '^gen/' },
      to: { pathNot: '^(gen|node_modules/@bufbuild/protobuf)/' },
    },
    {
      name: 'common-imports-no-service',
      comment: 'The shared library imports no service.',
      from: { path: '^services/common/' },
      to: { path: '^(services/(?!common/)|scripts/|test/)' },
    },
    {
      name: 'packages-know-no-service',
      comment: 'Other teams import them without the rest of this repository.',
      from: { path: '^packages/' },
      to: { path: '^(services|scripts|test|model)/' },
    },
    {
      name: 'services-meet-on-the-wire',
      comment: 'Services call each other over gRPC.',
      from: { path: '^services/(?!common/)([^/]+)/' },
      to: { path: `${SERVICE}/`, pathNot: '^services/$1/' },
    },
    {
      name: 'unary-h2-stands-alone',
      comment: 'The HTTP/2 server imports only Node’s modules and itself.',
      from: { path: '^services/common/unary-h2/' },
      to: { pathNot: '^services/common/unary-h2/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'services-import-no-scripts',
      comment: 'Production code imports no script and no test.',
      from: { path: '^services/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'no-development-packages',
      comment:
        'Production code must run after an install without development dependencies; the front end is built before.',
      from: { path: '^(services|packages)/', pathNot: '^(services/web|packages/[^/]+/examples)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'front-end-needs-contracts-alone',
      comment: 'Of our own code, the front end imports only the contracts and the scope catalog.',
      from: { path: '^services/web/src/' },
      to: {
        pathNot: '^(gen/|node_modules/|services/web/|services/common/scopes/catalog\\.ts$)',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'front-end-runs-in-browsers',
      comment: 'Browsers do not have Node’s modules.',
      from: { path: '^services/web/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'The domain imports no store, transport, job or configuration.',
      from: { path: `${SERVICE}/domain/` },
      to: { path: `${SERVICE}/((store|rpc|http|jobs)/|config\\.ts$)` },
    },
    {
      name: 'domain-has-no-infrastructure',
      comment: 'The domain can be tested without a database, a cache or a socket.',
      from: { path: `${SERVICE}/domain/` },
      to: { path: [SQL, '^node_modules/(ioredis|fastify|@fastify/[^/]+|@connectrpc/[^/]+|@grpc/[^/]+)/'] },
    },
    {
      name: 'store-is-below',
      comment: 'The store does not import its callers.',
      from: { path: `${SERVICE}/store/` },
      to: { path: `${SERVICE}/(rpc|http|jobs)/` },
    },
    {
      name: 'postgres-is-below-stores',
      comment: 'Connections and transactions import no store, only the types of the tables.',
      from: { path: '^services/auth-server/store/postgres/' },
      to: { path: '^services/auth-server/store/', pathNot: '^services/auth-server/store/(postgres/|schema\\.ts$)' },
    },
    {
      name: 'authority-is-above-stores',
      comment: 'store/authority/ commits changes of what Introspect returns; it calls stores, and no store calls it.',
      from: { path: '^services/auth-server/store/', pathNot: '^services/auth-server/store/authority/' },
      to: { path: '^services/auth-server/store/authority/' },
    },
    {
      name: 'rpc-http-jobs-are-separate',
      comment: 'What two of them share belongs to the domain.',
      from: { path: `${SERVICE}/(rpc|http|jobs)/` },
      to: { path: `${SERVICE}/(rpc|http|jobs)/`, pathNot: `${SERVICE}/$1/` },
    },
    {
      name: 'server-is-on-top',
      comment: 'server.ts and ports.ts build the layers, so no layer may import them.',
      from: { path: `${SERVICE}/[^/]+/` },
      to: { path: `${SERVICE}/(server|ports)\\.ts$` },
    },
    {
      name: 'nothing-imports-main',
      comment: 'Importing main.ts would start the service.',
      from: {},
      to: { path: `${SERVICE}/main\\.ts$` },
    },
    {
      name: 'undici-only-for-webhooks',
      comment: 'Requests to addresses that third parties choose go through the webhook sender, which checks them.',
      from: { path: '^services/', pathNot: '^services/auth-server/jobs/webhooks/' },
      to: { path: '^node_modules/undici/' },
    },
    {
      name: 'one-owner-of-sql',
      comment: 'auth-server owns all state, and in it only the store and the jobs use SQL.',
      from: { path: '^services/', pathNot: '^services/auth-server/(store|jobs)/' },
      to: { path: SQL },
    },
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // Before compilation, so that type-only imports are still there.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Built by `npm run build:client` and `npm run build:web`.
    exclude: { path: '^(packages|services)/[^/]+/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
