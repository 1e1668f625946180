import { z } from 'zod'
import { FilterSelect } from '../table/filter-select.tsx'
import { listSearch } from '../table/list-search.ts'
import type { ListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'

/** What a list of things that lie in organizations keeps in the address. */
export const insideSearch = listSearch({ org: z.string() })

export type InsideSearch = z.output<typeof insideSearch>

/** The filters of such a list: a search, and the organization where the reader knows several. */
export function InsideFilters({
  label,
  list,
  organizations,
}: {
  readonly label: string
  readonly list: ListState<InsideSearch>
  readonly organizations: readonly { readonly id: string; readonly name: string }[]
}) {
  return (
    <>
      <SearchField
        label={label}
        value={list.search.q}
        onChange={(q) => {
          list.change({ q })
        }}
      />
      {organizations.length > 1 && (
        <FilterSelect
          label="Organization"
          value={list.search.org}
          options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(org) => {
            list.change({ org })
          }}
        />
      )}
    </>
  )
}
