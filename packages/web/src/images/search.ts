import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'

/** What the list of images keeps in the address. */
export const imageSearch = listSearch({ org: z.string() })

export type ImageSearch = z.output<typeof imageSearch>
