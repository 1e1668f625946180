import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

/** What the list of registries keeps in the address. */
export const registrySearch = listSearch({ org: z.string() })

export type RegistrySearch = z.output<typeof registrySearch>
