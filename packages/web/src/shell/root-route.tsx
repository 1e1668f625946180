import { createRootRouteWithContext, Outlet } from '@tanstack/react-router'
import { NotFoundPage, ProblemPage } from '../problems/problem-page.tsx'
import { LiveRegion } from './announce.tsx'
import type { AppContext } from './app-context.ts'

/** Above all routes: pages in the frame and pages outside of it. */
export const rootRoute = createRootRouteWithContext<AppContext>()({
  component: () => (
    <>
      <Outlet />
      <LiveRegion />
    </>
  ),
  errorComponent: (props) => (
    <main>
      <ProblemPage {...props} />
    </main>
  ),
  notFoundComponent: () => (
    <main>
      <NotFoundPage />
    </main>
  ),
})
