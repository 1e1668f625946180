import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { insideSearch } from '../organizations/inside-list.tsx'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/registries',
  validateSearch: insideSearch,
  component: lazyRouteComponent(() => import('./registries-page.tsx'), 'RegistriesPage'),
})

export const registryRoutes = [list] as const
