/** Which part may know which (ARCHITECTURE.md, "Parts"). */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      // Types of a circle vanish at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'access-is-pure',
      severity: 'error',
      from: { path: '^packages/access/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/access/src' },
    },
    {
      name: 'api-knows-access-only',
      severity: 'error',
      from: { path: '^packages/api/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/(api|access)/src|node_modules/zod' },
    },
    {
      name: 'web-speaks-the-api-only',
      severity: 'error',
      from: { path: '^packages/web/src' },
      to: { path: '^packages/server' },
    },
    {
      name: 'server-knows-no-web',
      severity: 'error',
      from: { path: '^packages/server/src' },
      to: { path: '^packages/web' },
    },
    {
      name: 'only-app-and-serve-join-the-parts',
      severity: 'error',
      comment: 'Routes are reached from app.ts alone.',
      from: { path: '^packages/server/src', pathNot: '^packages/server/src/app\\.ts$' },
      to: { path: '^packages/server/src/[^/]+/routes\\.ts$', pathNot: 'sessions/routes\\.ts$' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '\\.test\\.tsx?$' },
      to: { path: '\\.test\\.tsx?$|^packages/[^/]+/(test|bench)/' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      comment: "Test tools are the root package's.",
      from: { pathNot: '\\.test\\.tsx?$|^packages/[^/]+/(test|bench)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
