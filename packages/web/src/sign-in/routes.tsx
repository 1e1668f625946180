import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { z } from 'zod'
import { isServers, safeNext } from '../navigation/next.ts'
import { requireSession } from '../session/guard.tsx'
import { sessionQuery } from '../session/session.ts'
import { rootRoute } from '../shell/root-route.tsx'

const next = z.string().optional().catch(undefined)

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: z.object({
    next,
    ended: z.stringbool().or(z.boolean()).optional().catch(undefined),
  }),
  beforeLoad: async ({ context, search }) => {
    const session = await context.queryClient
      .query({ ...sessionQuery(context.client), staleTime: 0 })
      .catch(() => null)
    if (session !== null) {
      const href = safeNext(search.next)
      redirect({ href, reloadDocument: isServers(href), throw: true })
    }
  },
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
})

const changePassword = createRoute({
  getParentRoute: () => rootRoute,
  path: '/change-password',
  validateSearch: z.object({ next }),
  beforeLoad: async ({ context, search }) => {
    const session = await context.queryClient.query({
      ...sessionQuery(context.client),
      staleTime: 'static',
    })
    if (session === null) redirect({ to: '/sign-in', search: { next: search.next }, throw: true })
    if (session?.user.temporary_password === false) {
      redirect({ to: '/account/password', throw: true })
    }
  },
  component: lazyRouteComponent(
    () => import('./temporary-password-page.tsx'),
    'TemporaryPasswordPage',
  ),
})

const commandLine = createRoute({
  getParentRoute: () => rootRoute,
  path: '/internal-auth',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./command-line-page.tsx'), 'CommandLinePage'),
})

export const signInRoutes = [signIn, changePassword, commandLine] as const
