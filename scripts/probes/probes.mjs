// Code that our own lint and dependency rules must refuse: a rule that stops failing here is broken.

/** Each probe is written to `path`, and ESLint must report `rule` in it. */
export const lintProbes = [
  {
    path: 'packages/access/src/probe.ts',
    code: "import { readFileSync } from 'node:fs/promises'\nexport const probe = readFileSync\n",
    rule: 'no-restricted-imports',
  },
  {
    path: 'packages/server/src/users/service.ts',
    code: "import fastify from 'fastify'\nexport const probe = fastify\n",
    rule: 'no-restricted-imports',
  },
  {
    path: 'packages/server/src/users/store.ts',
    code: "import { probe } from './service.ts'\nexport { probe }\n",
    rule: 'no-restricted-imports',
  },
  {
    path: 'packages/server/src/users/routes.ts',
    code: "import * as sessions from '../sessions/store.ts'\nexport const probe = sessions\n",
    rule: 'no-restricted-imports',
  },
  {
    path: 'packages/server/src/users/probe.ts',
    code: 'export default 1\n',
    rule: 'no-restricted-syntax',
  },
  {
    path: 'packages/server/src/users/probe.ts',
    code: "export const probe = process.env['HOME']\n",
    rule: 'no-restricted-syntax',
  },
  {
    path: 'packages/server/src/users/probe.ts',
    code: 'export function probe(): void {\n  Promise.reject(new Error())\n}\n',
    rule: '@typescript-eslint/no-floating-promises',
    typed: 'packages/server/src/users/rules.ts',
  },
]
