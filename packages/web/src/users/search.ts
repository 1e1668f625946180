import { SiteRoleName, UserStatus } from '@atelier/api'
import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

/** What the list of users keeps in the address. */
export const userSearch = listSearch({
  role: SiteRoleName,
  status: UserStatus,
  organization: z.string(),
})

export type UserSearch = z.output<typeof userSearch>
