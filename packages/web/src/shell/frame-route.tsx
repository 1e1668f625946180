import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { requireSession } from '../session/guard.tsx'
import { rootRoute } from './root-route.tsx'

/** The parent of every signed-in page: guards it and draws the frame around it. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./frame.tsx'), 'Frame'),
})
