import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { listSearch } from '../table/list-search.ts'

const log = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: listSearch({}),
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})

export const auditRoutes = [log] as const
