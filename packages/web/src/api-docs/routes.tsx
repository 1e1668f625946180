import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { frameRoute } from '../shell/frame-route.tsx'

const search = z.object({ q: z.string().max(200).optional().catch(undefined) })

const reference = createRoute({
  getParentRoute: () => frameRoute,
  path: '/api-docs',
  validateSearch: search,
  component: lazyRouteComponent(() => import('./api-docs-page.tsx'), 'ApiDocsPage'),
})

export const apiDocsRoutes = [reference] as const
