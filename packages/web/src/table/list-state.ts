import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { currentCursor, type ListSearch, pageNumber, trailBack, trailTo } from './list-search.ts'

export const defaultLimit = 50

export interface ListState<Search extends ListSearch = ListSearch> {
  readonly search: Search
  /** For the contract's list call: filters, sort, limit, and the open page's cursor. */
  readonly query: Omit<Search, 'limit' | 'after'> & { limit: number; after?: string }
  readonly page: number
  /** Whether a text search or a filter is set. */
  readonly filtered: boolean
  /** Changes filters, search, sort or limit; the list starts at its first page again. */
  readonly change: (patch: Partial<Search>) => void
  readonly clear: () => void
  readonly next: (cursor: string) => void
  readonly previous: () => void
}

const notFilters = new Set(['sort', 'limit', 'after'])

/** The state of the route's list, which lives in the address: `useListState<z.infer<typeof search>>()`. */
export function useListState<Search extends ListSearch = ListSearch>(): ListState<Search> {
  // The route validates its search parameters with the schema that `Search` comes from.
  const validated: unknown = useSearch({ strict: false })
  const search = validated as Search
  const navigate = useNavigate()

  return useMemo(() => {
    function go(next: object, replace: boolean) {
      void navigate({ to: '.', search: next, replace, resetScroll: !replace })
    }
    const { limit = defaultLimit, after, ...rest } = search
    const cursor = currentCursor(after)
    const query = { ...rest, limit, ...(cursor === undefined ? {} : { after: cursor }) }

    return {
      search,
      query: query,
      page: pageNumber(after),
      filtered: Object.entries(search).some(
        ([name, value]) => !notFilters.has(name) && value !== undefined && value !== '',
      ),
      change: (patch) => {
        go({ ...search, ...patch, after: undefined }, true)
      },
      clear: () => {
        go({ sort: search.sort, limit: search.limit }, true)
      },
      next: (to) => {
        go({ ...search, after: trailTo(after, to) }, false)
      },
      previous: () => {
        go({ ...search, after: trailBack(after) }, false)
      },
    }
  }, [search, navigate])
}
