import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/banners',
  component: lazyRouteComponent(() => import('./banners-page.tsx'), 'BannersPage'),
})

export const bannerRoutes = [list] as const
