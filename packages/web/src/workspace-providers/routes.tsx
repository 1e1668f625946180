import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workspace-providers',
  component: lazyRouteComponent(() => import('./providers-page.tsx'), 'ProvidersPage'),
})

export const workspaceProviderRoutes = [list] as const
