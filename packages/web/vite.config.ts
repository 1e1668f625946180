import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:7080'

// JSX is compiled by Vite itself (`jsx: react-jsx` in tsconfig.json), so there is no React plugin.
export default defineConfig({
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 600,
    // The content security policy allows no inline script and no data: script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Libraries mark client modules for servers that render; here everything is one.
      checks: { moduleLevelDirective: false },
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: 'tanstack', test: /node_modules[\\/]@tanstack[\\/](?!.*table)/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      // Not the page `/api-docs`.
      '^/api(/|$)': { target: server, ws: true },
      '/auth': { target: server },
    },
  },
})
