/** Which way code may depend; every rule says why in its comment. */

const tests = 'spec\\.ts$|^apps/[^/]+/test/';

/** @type {import('dependency-cruiser').IConfiguration} */
/** The servers that ours is measured against are built as others build them. */
const peers = '^apps/bench/src/peers/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle hides which part is the foundation: move the type to contracts.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      comment: 'An import that resolves to nothing escapes every other rule.',
      severity: 'error',
      from: {},
      // Vite resolves the files of the city and what is bundled as it is.
      to: { couldNotResolve: true, pathNot: ['^city-files/', '\\?(?:url|worker)', '\\.css$'] },
    },
    {
      name: 'libs-never-import-apps',
      comment: 'An app composes libraries, never the other way; only the test kit starts an app.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/testing/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-never-import-apps',
      comment: 'Two apps meet in a library.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'only-the-index-of-a-lib',
      comment: "Another lib's inside (its stores and scripts too) is its own: use #libs/<name>.",
      severity: 'error',
      from: { path: '^((?:apps|libs)/[^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: [
          '^$1/',
          '^libs/[^/]+/src/index\\.ts$',
          '^libs/contracts/src/browser\\.ts$',
          '^libs/city/src/browser\\.ts$',
          '^libs/client/src/(?:chat|location|react)\\.ts$',
        ],
      },
    },
    {
      name: 'libs-by-alias',
      comment: 'A relative path to the index of a lib breaks when dist/ is laid out anew.',
      severity: 'error',
      from: { path: '^((?:apps|libs)/[^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: '^$1/',
        dependencyTypesNot: ['aliased-subpath-import'],
      },
    },
    {
      name: 'contracts-import-no-lib',
      comment: 'The contract is what everything else agrees on.',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^libs/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'client-imports-the-contract-only',
      comment: 'It is published by itself and runs in pages and phones.',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: tests },
      to: {
        path: '^libs/|node_modules/',
        pathNot: [
          '^libs/client/',
          '^libs/contracts/src/browser\\.ts$',
          'node_modules/(?:socket\\.io-client|react|@types/react)/',
        ],
      },
    },
    {
      name: 'config-imports-contracts-only',
      comment: 'Configuration is read before anything else exists.',
      severity: 'error',
      from: { path: '^libs/config/', pathNot: tests },
      to: { path: '^libs/', pathNot: '^libs/(?:config|contracts)/' },
    },
    {
      name: 'nest-config-only-in-config',
      comment:
        'Its ConfigService would be a second way to settings; slices come from #libs/config.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/', pathNot: '^libs/config/' },
      to: { path: 'node_modules/@nestjs/config/' },
    },
    {
      name: 'insides-of-nest-only-in-engine',
      comment: 'What Nest does not export may be gone in the next version: one file knows it.',
      severity: 'error',
      from: { path: '^apps/realtime/src/', pathNot: '^apps/realtime/src/socket/engine/' },
      to: { path: 'node_modules/@nestjs/(?:websockets/(?!index\\.)|common/internal)' },
    },
    {
      name: 'observability-below-redis',
      comment: 'Logs and metrics are for everybody, so they know nobody.',
      severity: 'error',
      from: { path: '^libs/observability/', pathNot: tests },
      to: { path: '^libs/', pathNot: '^libs/(?:observability|config|contracts)/' },
    },
    {
      name: 'redis-below-features',
      comment: 'Connections know configuration, contract and logs, and no feature.',
      severity: 'error',
      from: { path: '^libs/redis/', pathNot: tests },
      to: { path: '^libs/', pathNot: '^libs/(?:redis|observability|config|contracts)/' },
    },
    {
      name: 'test-kit-only-in-tests',
      comment: 'The test kit may import anything, so nothing that ships may import it.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/', pathNot: ['^libs/testing/', tests] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'socket-io-only-in-realtime',
      comment: 'Libraries return results, the gateways of apps/realtime send them.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/', pathNot: ['^apps/realtime/', peers] },
      to: {
        path: 'node_modules/(?:socket\\.io|@socket\\.io/[^/]+|engine\\.io|ws|@nestjs/platform-socket\\.io)/',
      },
    },
    {
      name: 'socket-io-client-only-in-clients',
      comment: 'The server is no client of itself.',
      severity: 'error',
      from: {
        path: '^(?:apps|libs)/',
        pathNot: ['^apps/(?:simulator|bench)/', '^libs/(?:client|testing)/', tests],
      },
      to: { path: 'node_modules/socket\\.io-client/' },
    },
    {
      name: 'ioredis-only-in-redis',
      comment:
        'Connections are made, guarded and closed in one place; types come from #libs/redis.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/', pathNot: ['^libs/redis/', '^libs/testing/', peers] },
      to: { path: 'node_modules/ioredis/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^apps/dashboard/dist/'] },
    // Type imports are dependencies too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
