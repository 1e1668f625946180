import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { listSearch } from '../table/list-search.ts'

const all = createRoute({
  getParentRoute: () => frameRoute,
  path: '/api-keys',
  validateSearch: listSearch({}),
  component: lazyRouteComponent(() => import('./api-keys-page.tsx'), 'ApiKeysPage'),
})

export const apiKeyRoutes = [all] as const
