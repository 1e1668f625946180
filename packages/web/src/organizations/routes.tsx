import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { memberSearch, organizationSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations',
  validateSearch: organizationSearch,
  component: lazyRouteComponent(() => import('./organizations-page.tsx'), 'OrganizationsPage'),
})

const members = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations/$organization',
  validateSearch: memberSearch,
  component: lazyRouteComponent(() => import('./members-page.tsx'), 'MembersPage'),
})

const settings = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations/$organization/settings',
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
})

export const organizationRoutes = [list, members, settings] as const
