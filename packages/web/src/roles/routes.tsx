import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { roleSearch } from './search.ts'

const tables = createRoute({
  getParentRoute: () => frameRoute,
  path: '/roles',
  validateSearch: roleSearch,
  component: lazyRouteComponent(() => import('./roles-page.tsx'), 'RolesPage'),
})

export const roleRoutes = [tables] as const
