import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { newSearch, pageSearch, workspaceSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  validateSearch: workspaceSearch,
  component: lazyRouteComponent(() => import('./workspaces-page.tsx'), 'WorkspacesPage'),
})

const create = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workspaces/new',
  validateSearch: newSearch,
  component: lazyRouteComponent(() => import('./new-workspace-page.tsx'), 'NewWorkspacePage'),
})

const one = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workspaces/$workspace',
  validateSearch: pageSearch,
  component: lazyRouteComponent(() => import('./workspace-page.tsx'), 'WorkspacePage'),
})

export const workspaceRoutes = [list, create, one] as const
