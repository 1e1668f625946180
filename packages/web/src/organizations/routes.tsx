import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { listSearch } from '../table/list-search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations',
  validateSearch: listSearch({}),
  component: lazyRouteComponent(() => import('./organizations-page.tsx'), 'OrganizationsPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations/$organization',
  validateSearch: listSearch({}),
  component: lazyRouteComponent(() => import('./organization-page.tsx'), 'OrganizationPage'),
})

export const organizationRoutes = [list, one] as const
