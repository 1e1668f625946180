import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { userSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users',
  validateSearch: userSearch,
  component: lazyRouteComponent(() => import('./users-page.tsx'), 'UsersPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/users/$user',
  component: lazyRouteComponent(() => import('./user-page.tsx'), 'UserPage'),
})

export const userRoutes = [list, one] as const
