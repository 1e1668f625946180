import { createRouter } from '@tanstack/react-router'
import { accountRoutes } from './account/routes.tsx'
import { adminRoutes } from './admin/routes.tsx'
import { apiDocsRoutes } from './api-docs/routes.tsx'
import { apiKeyRoutes } from './api-keys/routes.tsx'
import { auditRoutes } from './audit/routes.tsx'
import { bannerRoutes } from './banners/routes.tsx'
import { imageRoutes } from './images/routes.tsx'
import { overviewRoutes } from './overview/routes.tsx'
import { parseSearch, stringifySearch } from './navigation/search-params.ts'
import { organizationRoutes } from './organizations/routes.tsx'
import { NotFoundPage, ProblemPage } from './problems/problem-page.tsx'
import { registryRoutes } from './registries/routes.tsx'
import { roleRoutes } from './roles/routes.tsx'
import { setupRoutes } from './setup/routes.tsx'
import type { AppContext } from './shell/app-context.ts'
import { focusTitleOnNavigation } from './shell/focus.ts'
import { frameRoute } from './shell/frame-route.tsx'
import { rootRoute } from './shell/root-route.tsx'
import { signInRoutes } from './sign-in/routes.tsx'
import { userRoutes } from './users/routes.tsx'
import { workspaceProviderRoutes } from './workspace-providers/routes.tsx'
import { workspaceRoutes } from './workspaces/routes.tsx'

// Each noun brings its own routes, whose pages are loaded when they are opened.
const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  ...setupRoutes,
  frameRoute.addChildren([
    ...workspaceRoutes,
    ...overviewRoutes,
    ...userRoutes,
    ...organizationRoutes,
    ...imageRoutes,
    ...registryRoutes,
    ...workspaceProviderRoutes,
    ...apiKeyRoutes,
    ...auditRoutes,
    ...bannerRoutes,
    ...adminRoutes,
    ...roleRoutes,
    ...apiDocsRoutes,
    ...accountRoutes,
  ]),
])

/** The whole app's addresses. */
export function createAppRouter(context: AppContext) {
  const router = createRouter({
    routeTree,
    context,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: ProblemPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  })
  focusTitleOnNavigation(router)
  return router
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
