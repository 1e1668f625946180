import tseslint from 'typescript-eslint'

const forbid = (name, files, ...patterns) => ({
  name,
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})

const anotherFeature = {
  group: ['../*/store.ts', '../*/routes.ts'],
  message: 'Reach another feature through its service, or a file whose name is its purpose.',
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'packages/web/public/', 'data/', 'tools/probes/'] },
  {
    files: ['packages/**/*.ts', 'packages/**/*.tsx', 'vitest.config.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Fastify plugins and hooks are async by contract.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Environment variables and records are read by name; the compiler demands the brackets.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'config.ts reads the environment, and passes it on as a value.',
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: [
      '**/*.test.ts',
      '**/*.test.tsx',
      'packages/*/test/**',
      'packages/*/bench/**',
      'vitest.config.ts',
      'packages/server/src/main.ts',
      '**/vite.config.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // The package's own project is without them: it must compile with no types but its own.
    files: ['packages/access/src/**/*.test.ts', 'packages/access/{test,bench}/**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: 'packages/access/tsconfig.test.json' },
    },
  },
  {
    // Answers of the server are read as they come: an assertion says what is expected of them.
    files: ['**/*.test.ts', '**/*.test.tsx', 'packages/*/test/**', 'packages/*/bench/**'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    ...forbid('access is pure', ['packages/access/src/**'], {
      regex: '^(?!\\./)',
      message: 'access is pure: it imports nothing.',
    }),
    ignores: ['**/*.test.ts', '**/*.bench.ts'],
  },
  forbid('services know no HTTP', ['packages/server/src/*/service.ts'], anotherFeature, {
    group: ['fastify', 'pg'],
    message: 'Services know neither HTTP nor the driver.',
  }),
  forbid('stores are SQL', ['packages/server/src/*/store.ts'], anotherFeature, {
    group: ['fastify', './service.ts', './routes.ts'],
    message: 'Stores are SQL and nothing else.',
  }),
  forbid('routes go through services', ['packages/server/src/*/routes.ts'], {
    group: ['pg', '../*/store.ts'],
    message: 'Routes reach the database through their service.',
  }),
)
