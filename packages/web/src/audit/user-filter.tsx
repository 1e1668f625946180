import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../session/client.tsx'

interface Props {
  /** A user's id, or a username or e-mail address as it was recorded. */
  value: string | undefined
  onChange: (value: string | undefined) => void
}

/** Who did it: somebody of today, or any name as it was recorded, which deleted users keep. */
export function UserFilter({ value, onChange }: Props) {
  const queryClient = useQueryClient()
  const [text, setText] = useState('')
  const chosen = useRecordedName(value)
  const [searched] = useDebouncedValue(text.trim(), 200)
  // An unchanged field shows the chosen name, which is not a search.
  const q = searched === chosen ? '' : searched
  const people = usePeople(q)
  const options = [
    ...(value === undefined ? [] : [{ value, label: chosen ?? value }]),
    ...people.filter((person) => person.value !== value),
    ...(q === '' || q === value ? [] : [{ value: q, label: `“${q}” as recorded` }]),
  ]

  return (
    <Select
      className="filter-select"
      aria-label="User"
      placeholder="User"
      data={options}
      value={value ?? null}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Clear user' }}
      filter={({ options: all }) => all}
      onSearchChange={setText}
      onFocus={(event) => {
        event.currentTarget.select()
      }}
      onChange={(next) => {
        const person = people.find((one) => one.value === next)
        if (person !== undefined) queryClient.setQueryData(nameKey(person.value), person.username)
        onChange(next ?? undefined)
      }}
      maxLength={254}
      comboboxProps={{ width: 280, position: 'bottom-start', shadow: 'md' }}
      data-set={value !== undefined || undefined}
    />
  )
}

const nameKey = (id: string) => ['audit', 'recorded-name', id]

/** The name that stands in the log for an id: its reader may not be allowed to read the user. */
function useRecordedName(user: string | undefined): string | undefined {
  const client = useClient()
  const isId = user !== undefined && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(user)
  const { data } = useQuery({
    queryKey: nameKey(user ?? ''),
    queryFn: async ({ signal }) => {
      const { items } = await client.audit.list({ query: { user, limit: 1 }, signal })
      return items[0]?.user?.username ?? null
    },
    enabled: isId,
    staleTime: Infinity,
  })
  return isId ? (data ?? undefined) : user
}

function usePeople(q: string) {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['users', 'list', { q, limit: 20, purpose: 'audit-filter' }],
    queryFn: async ({ signal }) => {
      const query = q === '' ? { limit: 20 } : { limit: 20, q }
      const { items } = await client.users.list({ query, signal })
      return items.map(({ id, name, username }) => ({
        value: id,
        username,
        label: name === '' || name === username ? username : `${name} (@${username})`,
      }))
    },
    placeholderData: keepPreviousData,
  })
  return data ?? []
}
