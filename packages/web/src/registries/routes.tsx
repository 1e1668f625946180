import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { registrySearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/registries',
  validateSearch: registrySearch,
  component: lazyRouteComponent(() => import('./registries-page.tsx'), 'RegistriesPage'),
})

export const registryRoutes = [list] as const
