import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'
import { newSearch, pageSearch, workspaceSearch } from './search.ts'

const list = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  validateSearch: workspaceSearch,
  component: lazyRouteComponent(() => import('./workspaces-page.tsx'), 'WorkspacesPage'),
})

/** Where people look for the list when they shorten an address. */
const shortened = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workspaces',
  beforeLoad: () => {
    redirect({ to: '/', replace: true, throw: true })
  },
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

export const workspaceRoutes = [list, shortened, create, one] as const
