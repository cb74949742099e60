/**
 * Which way imports may run. The architecture is a one-way street:
 *
 *   gen ← packages ← common ← domain ← store ← rpc | http | jobs ← server ← main
 *
 * and services meet on the wire only. Type-only imports count like any other: a
 * type that leaks upwards is how a layer starts to depend on the one above it.
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
      comment: 'Files that need each other are one file, or miss a third one.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'A path that leads nowhere would also hide from every other rule.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-packages',
      comment: 'What is imported stands in package.json, not only in somebody else’s tree.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'gen-is-generated',
      comment: 'Generated code needs the protobuf runtime and itself.',
      from: { path: '^gen/' },
      to: { pathNot: '^(gen|node_modules/@bufbuild/protobuf)/' },
    },
    {
      name: 'common-is-a-leaf',
      comment: 'The leaf library knows no service.',
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
      comment: 'A service uses another through its contract.',
      from: { path: '^services/(?!common/)([^/]+)/' },
      to: { path: `${SERVICE}/`, pathNot: '^services/$1/' },
    },
    {
      name: 'unary-h2-stands-alone',
      comment: 'The HTTP/2 server needs Node and itself.',
      from: { path: '^services/common/unary-h2/' },
      to: { pathNot: '^services/common/unary-h2/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'services-stand-alone',
      comment: 'Production code needs no script, no test and no development dependency.',
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
      comment: 'A browser has no Node; of our own code it gets the contracts and the scope catalog.',
      from: { path: '^services/web/src/' },
      to: { path: '^(services/(?!web/|common/scopes/)|scripts/|test/)' },
    },
    {
      name: 'front-end-runs-in-browsers',
      comment: 'Node’s own modules are not there.',
      from: { path: '^services/web/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'Rules know neither how they are stored, nor how they are called, nor what they are configured from.',
      from: { path: `${SERVICE}/domain/` },
      to: { path: `${SERVICE}/((store|rpc|http|jobs)/|config\\.ts$)` },
    },
    {
      name: 'domain-has-no-infrastructure',
      comment: 'Rules are tested without a database, a cache or a socket.',
      from: { path: `${SERVICE}/domain/` },
      to: { path: [SQL, '^node_modules/(ioredis|fastify|@fastify/[^/]+|@connectrpc/[^/]+|@grpc/[^/]+)/'] },
    },
    {
      name: 'store-is-below',
      comment: 'Storage serves its callers without knowing them.',
      from: { path: `${SERVICE}/store/` },
      to: { path: `${SERVICE}/(rpc|http|jobs)/` },
    },
    {
      name: 'postgres-is-below-stores',
      comment: 'Connections and transactions know no store; of the tables they know the types.',
      from: { path: '^services/auth-server/store/postgres/' },
      to: { path: '^services/auth-server/store/', pathNot: '^services/auth-server/store/(postgres/|schema\\.ts$)' },
    },
    {
      name: 'authority-is-above-stores',
      comment: 'A change calls stores; a store makes no change of authority.',
      from: { path: '^services/auth-server/store/', pathNot: '^services/auth-server/store/authority/' },
      to: { path: '^services/auth-server/store/authority/' },
    },
    {
      name: 'entrances-are-apart',
      comment: 'What two entrances share belongs to the domain.',
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
      name: 'one-way-out',
      comment: 'Requests to addresses that third parties choose go through the one sender that looks at them first.',
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
