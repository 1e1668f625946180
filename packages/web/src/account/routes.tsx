import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { frameRoute } from '../shell/frame-route.tsx'

const account = createRoute({
  getParentRoute: () => frameRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account-layout.tsx'), 'AccountLayout'),
})

const index = createRoute({
  getParentRoute: () => account,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/account/profile', replace: true, throw: true })
  },
})

const profile = createRoute({
  getParentRoute: () => account,
  path: '/profile',
  component: lazyRouteComponent(() => import('./profile-page.tsx'), 'ProfilePage'),
})

const password = createRoute({
  getParentRoute: () => account,
  path: '/password',
  component: lazyRouteComponent(() => import('./password-page.tsx'), 'PasswordPage'),
})

const sessions = createRoute({
  getParentRoute: () => account,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./sessions-page.tsx'), 'SessionsPage'),
})

const apiKeys = createRoute({
  getParentRoute: () => account,
  path: '/api-keys',
  component: lazyRouteComponent(() => import('./own-api-keys-page.tsx'), 'OwnApiKeysPage'),
})

export const accountRoutes = [
  account.addChildren([index, profile, password, sessions, apiKeys]),
] as const
