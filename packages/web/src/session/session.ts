import type { Resource } from '@atelier/access'
import { ApiError, type Client, type CurrentSession } from '@atelier/api'
import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import type { z } from 'zod'
import { shownBannersKey } from '../banners/shown-banners.ts'

export type Session = z.output<typeof CurrentSession>

export const sessionKey = ['session'] as const

/** The caller and what they may do; `null` for somebody who is not signed in. */
export function sessionQuery(client: Client) {
  return queryOptions({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await client.sessions.current({ signal })
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    staleTime: 60_000,
  })
}

/** The session of the open page; the guard of signed-in pages provides it. */
export const SessionContext = createContext<Session | null>(null)

/** The session, on pages that only signed-in people reach. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession needs a signed-in page around it.')
  return session
}

type Right =
  | 'create'
  | 'read_all'
  | 'read_own'
  | 'list'
  | 'update_all'
  | 'update_own'
  | 'delete_all'
  | 'delete_own'

/** Whether the caller has one of the rights on at least something: `may(session, 'users', 'create')`. */
export function may(session: Session, resource: Resource, ...rights: readonly Right[]): boolean {
  return rights.some((right) => session.can[resource]?.[right] === true)
}

/** Drops what the page knows of a person, so that the next one on this computer sees none of it. */
export function forgetPerson(queryClient: QueryClient): void {
  queryClient.removeQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] !== sessionKey[0] &&
      !(queryKey[0] === shownBannersKey[0] && queryKey[1] === shownBannersKey[1]),
  })
}
