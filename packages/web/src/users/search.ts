import { SiteRoleName, UserFilters, UserStatus } from '@atelier/api'
import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

const sort = UserFilters.sort.unwrap()

/** What the list of users keeps in the address. */
export const userSearch = listSearch({
  role: SiteRoleName,
  status: UserStatus,
  organization: z.string(),
  sort: z.string().refine((text) => sort.safeParse(text).success),
})

export type UserSearch = z.output<typeof userSearch>
