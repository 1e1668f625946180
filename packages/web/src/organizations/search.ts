import { OrganizationRoleName } from '@atelier/api'
import type { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

/** What the list of organizations keeps in the address. */
export const organizationSearch = listSearch({})

/** What the list of an organization's members keeps in the address. */
export const memberSearch = listSearch({ role: OrganizationRoleName })

export type MemberSearch = z.output<typeof memberSearch>
