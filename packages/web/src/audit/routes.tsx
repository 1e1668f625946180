import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { auditSearch } from './search.ts'

const log = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit/$entry',
  component: lazyRouteComponent(() => import('./entry-page.tsx'), 'EntryPage'),
})

export const auditRoutes = [log, one] as const
