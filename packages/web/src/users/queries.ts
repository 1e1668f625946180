import type { Client, DirectoryUser, User } from '@atelier/api'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { sessionKey } from '../session/session.ts'

export type AnyUser = User | DirectoryUser

/** The full record, where the reader may have it; else a user is an entry of the directory. */
export function fullRecord(user: AnyUser): User | undefined {
  return 'email' in user ? user : undefined
}

/** One user, by id. */
export function userQuery(client: Client, id: string) {
  return queryOptions({
    queryKey: ['users', id],
    queryFn: ({ signal }) => client.users.get({ params: { user: id }, signal }),
  })
}

/** The API keys and the number of sessions of a user: what a change to their present role would touch. */
export function credentialsQuery(client: Client, user: User) {
  return queryOptions({
    queryKey: ['users', user.id, 'credentials', user.role],
    queryFn: ({ signal }) =>
      client.users.rolePreview({
        params: { user: user.id },
        query: { role: user.role },
        signal,
      }),
  })
}

/** The organizations for filters and choices; their members are left out. */
export function organizationChoices(client: Client) {
  return queryOptions({
    queryKey: ['organizations', 'list', { limit: 200, purpose: 'choose' }],
    queryFn: async ({ signal }) =>
      (await client.organizations.list({ query: { limit: 200, members: 'false' }, signal })).items,
    staleTime: 60_000,
  })
}

/** `If-Match` for a change of the version that was looked at. */
export function ifMatch(user: { readonly version: number }): { readonly 'if-match': string } {
  return { 'if-match': `"${String(user.version)}"` }
}

/**
 * Brings what a change answered onto the page at once, then asks anew for everything that shows
 * users: lists, pages, previews, audit entries.
 */
export function useUsersChanged() {
  const queryClient = useQueryClient()
  return useCallback(
    async (...changed: readonly User[]) => {
      for (const user of changed) {
        queryClient.setQueryData(['users', user.id], user)
        queryClient.setQueriesData({ queryKey: ['users', 'list'] }, (page) => replaced(page, user))
      }
      const nouns = ['users', 'organizations', 'api-keys', 'audit', 'access', ...sessionKey]
      await Promise.all(nouns.map((noun) => queryClient.invalidateQueries({ queryKey: [noun] })))
    },
    [queryClient],
  )
}

/** Lists under this key are pages, or bare rows where somebody is chosen from them. */
function replaced(list: unknown, user: User): unknown {
  const swap = (row: AnyUser) => (row.id === user.id ? user : row)
  if (Array.isArray(list)) return (list as AnyUser[]).map(swap)
  if (typeof list !== 'object' || list === null || !('items' in list)) return list
  return { ...list, items: (list.items as AnyUser[]).map(swap) }
}
