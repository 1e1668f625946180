import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { insideSearch } from '../organizations/inside-list.tsx'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/images',
  validateSearch: insideSearch,
  component: lazyRouteComponent(() => import('./images-page.tsx'), 'ImagesPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/images/$image',
  component: lazyRouteComponent(() => import('./image-page.tsx'), 'ImagePage'),
})

export const imageRoutes = [list, one] as const
