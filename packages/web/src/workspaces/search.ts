import { workspaceStatuses } from '@atelier/api'
import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

/** What the list of workspaces keeps in the address. */
export const workspaceSearch = listSearch({
  /** Everybody's, as far as the reader may see them; without it one's own. */
  whose: z.literal('all'),
  org: z.string(),
  status: z.enum(workspaceStatuses),
})

export type WorkspaceSearch = z.output<typeof workspaceSearch>

/** What the page of a new workspace begins with. */
export const newSearch = z.object({ image: z.string().optional().catch(undefined) })

/** Which side of a workspace's page is open; without it, what is of use now. */
export const pageSearch = z.object({
  tab: z.enum(['terminal', 'log']).optional().catch(undefined),
})

export type WorkspaceTab = NonNullable<z.output<typeof pageSearch>['tab']>
