import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { imageSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/images',
  validateSearch: imageSearch,
  component: lazyRouteComponent(() => import('./images-page.tsx'), 'ImagesPage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/images/$image',
  component: lazyRouteComponent(() => import('./image-page.tsx'), 'ImagePage'),
})

export const imageRoutes = [list, one] as const
