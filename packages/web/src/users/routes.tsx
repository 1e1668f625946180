import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { userSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users',
  validateSearch: userSearch,
  component: lazyRouteComponent(() => import('./users-page.tsx'), 'UsersPage'),
})

const importing = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users/import',
  component: lazyRouteComponent(() => import('./import-page.tsx'), 'ImportPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users/$user',
  component: lazyRouteComponent(() => import('./user-page.tsx'), 'UserPage'),
})

export const userRoutes = [list, importing, one] as const
