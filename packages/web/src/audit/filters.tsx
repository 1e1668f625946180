import { CloseButton } from '@mantine/core'
import { FilterSelect } from '../table/filter-select.tsx'
import type { ListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import type { AuditSearch } from './search.ts'
import { TimeFilter } from './time-filter.tsx'
import { UserFilter } from './user-filter.tsx'
import { actions, optionsOf, outcomes, resourceTypes } from './words.ts'

const actionOptions = optionsOf(actions)
const typeOptions = optionsOf(resourceTypes)
const outcomeOptions = optionsOf(outcomes)

/** Narrows the audit log down: by whom, what, on what, how it ended and when. */
export function AuditFilters({
  list,
  target,
}: {
  list: ListState<AuditSearch>
  /** The name of the one target that the address asks for, as far as it is known. */
  target: string | undefined
}) {
  const { search, change } = list
  return (
    <>
      <SearchField
        label="Search by target"
        value={search.q}
        onChange={(q) => {
          change({ q })
        }}
      />
      <UserFilter
        value={search.user}
        onChange={(user) => {
          change({ user })
        }}
      />
      <FilterSelect
        label="Action"
        value={search.action}
        options={actionOptions}
        onChange={(action) => {
          change({ action })
        }}
      />
      <FilterSelect
        label="Resource type"
        value={search.resource_type}
        options={typeOptions}
        onChange={(resource_type) => {
          change({ resource_type })
        }}
      />
      <FilterSelect
        label="Outcome"
        value={search.outcome}
        options={outcomeOptions}
        onChange={(outcome) => {
          change({ outcome })
        }}
      />
      <TimeFilter search={search} onChange={change} />
      {search.resource_id !== undefined && (
        <span className="audit-only">
          Only {target ?? search.resource_id}
          <CloseButton
            size="sm"
            aria-label="Show all targets"
            onClick={() => {
              change({ resource_id: undefined })
            }}
          />
        </span>
      )}
    </>
  )
}
