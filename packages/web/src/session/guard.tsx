import type { Client } from '@atelier/api'
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ParsedLocation, redirect, useNavigate, useRouter } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'
import { useClient } from './client.tsx'
import { forgetPerson, SessionContext, sessionQuery } from './session.ts'

/** Runs before a signed-in page loads: leads to sign-in or to the change of a temporary password. */
export async function requireSession({
  context,
  location,
}: {
  context: { client: Client; queryClient: QueryClient }
  location: ParsedLocation
}): Promise<void> {
  const session = await context.queryClient.query({
    ...sessionQuery(context.client),
    staleTime: 'static',
  })
  if (session === null) redirect({ to: '/sign-in', search: { next: location.href }, throw: true })
  if (session?.user.temporary_password === true) {
    redirect({ to: '/change-password', search: { next: location.href }, throw: true })
  }
}

/** Holds a signed-in page: when the session ends under it, what it showed is gone at once. */
export function SignedIn({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient()
  const { data: session } = useQuery(sessionQuery(useClient()))
  const [person, setPerson] = useState<string>()
  if (session && person === undefined) setPerson(session.user.id)

  useEffect(() => {
    return () => {
      forgetPerson(queryClient)
    }
  }, [queryClient])

  if (session === undefined) return null
  if (session === null) return <Leave to="/sign-in" />
  if (session.user.temporary_password) return <Leave to="/change-password" />
  if (person !== session.user.id) return <StartAfresh />
  return <SessionContext value={session}>{children}</SessionContext>
}

/** Leaves once for where the page was when it had to be left; the address changes on the way. */
function Leave({ to }: { to: '/sign-in' | '/change-password' }) {
  const router = useRouter()
  const navigate = useNavigate()
  const [next] = useState(() => router.latestLocation.href)
  useEffect(() => {
    const search = to === '/sign-in' ? { next, ended: true } : { next }
    void navigate({ to, search, replace: true })
  }, [navigate, next, to])
  return null
}

/** Another person has signed in in another tab: nothing of the one before may stay on this page. */
function StartAfresh() {
  useEffect(() => {
    window.location.reload()
  }, [])
  return null
}
