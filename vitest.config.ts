import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Every file has a database of its own, so two run side by side.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/{access,api,web}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/*.browser.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          // Engines and whole programs take their time on a machine that is busy.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          include: ['packages/server/**/*.test.ts'],
          globalSetup: [
            'packages/server/test/cluster.ts',
            'packages/server/test/engine.ts',
            'packages/server/test/built.mjs',
          ],
        },
      },
      {
        extends: true,
        // The built server and Chromium: see packages/web/test/browser.ts.
        test: {
          name: 'browser',
          include: ['packages/web/test/**/*.browser.test.ts'],
          globalSetup: ['packages/server/test/engine.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
})
