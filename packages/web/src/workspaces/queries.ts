import type { Client, Page, Workspace } from '@atelier/api'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

const movingMilliseconds = 3_000
const runningMilliseconds = 5_000

/** One workspace with what it uses now: asked again while there is something to see. */
export function workspaceQuery(client: Client, id: string) {
  return queryOptions({
    queryKey: ['workspaces', id],
    queryFn: ({ signal }) => client.workspaces.get({ params: { workspace: id }, signal }),
    // Only while the page is looked at; what else happens, the server tells.
    refetchInterval: ({ state }) => {
      const status = state.data?.status
      if (status === 'running') return runningMilliseconds
      return status === undefined || status === 'off' || status === 'failed'
        ? false
        : movingMilliseconds
    },
  })
}

/** The names of one's own workspaces, which a new one cannot have. */
export function ownNames(client: Client, user: string) {
  return queryOptions({
    queryKey: ['workspaces', 'list', { users: user, limit: 200, purpose: 'names' }],
    queryFn: async ({ signal }) => {
      const { items } = await client.workspaces.list({ query: { users: user, limit: 200 }, signal })
      return items.map(({ name }) => name)
    },
  })
}

/** Brings what a change answered onto the page at once, then asks anew for everything beside it. */
export function useWorkspaceChanged() {
  const queryClient = useQueryClient()
  return useCallback(
    async (changed?: Workspace) => {
      if (changed !== undefined) {
        queryClient.setQueryData(['workspaces', changed.id], changed)
        queryClient.setQueriesData({ queryKey: ['workspaces', 'list'] }, (list) =>
          replaced(list, changed),
        )
      }
      await queryClient.invalidateQueries({ queryKey: ['workspaces'] })
    },
    [queryClient],
  )
}

function replaced(list: unknown, changed: Workspace): unknown {
  if (typeof list !== 'object' || list === null || !('items' in list)) return list
  const { items, ...rest } = list as Page<Workspace[]>
  return { ...rest, items: items.map((one) => (one.id === changed.id ? changed : one)) }
}

/** `If-Match` for a change of the version that was looked at. */
export function ifMatch(workspace: Workspace): { readonly 'if-match': string } {
  return { 'if-match': `"${String(workspace.version)}"` }
}
