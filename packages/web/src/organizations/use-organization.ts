import { ApiError, type DirectoryOrganization, type Organization } from '@atelier/api'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'

export type VisibleOrganization = Organization | DirectoryOrganization

/** The full record has more than the directory. */
export function fullRecord(organization: VisibleOrganization): Organization | undefined {
  return 'default_role' in organization ? organization : undefined
}

/** One organization without its members: the full record, or what a mere member may know of it. */
export function useOrganization(id: string) {
  const client = useClient()
  const readsSome = may(useSession(), 'organizations', 'read_all')
  return useQuery({
    queryKey: ['organizations', id, 'record', readsSome],
    queryFn: async ({ signal }): Promise<VisibleOrganization> => {
      const fromDirectory = async () => {
        const query = { members: 'false', limit: 200 } as const
        const { items } = await client.organizations.list({ query, signal })
        return items.find((organization) => organization.id === id)
      }
      if (!readsSome) {
        const entry = await fromDirectory()
        if (entry !== undefined) return entry
      }
      try {
        const query = { members: 'false' } as const
        return await client.organizations.get({ params: { organization: id }, query, signal })
      } catch (error) {
        // Of some organizations one reads the record, of others only the directory.
        const hidden = readsSome && error instanceof ApiError && error.status === 404
        const entry = hidden ? await fromDirectory() : undefined
        if (entry === undefined) throw error
        return entry
      }
    },
  })
}
