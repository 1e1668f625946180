import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'

interface Person {
  readonly id: string
  readonly name: string
  readonly username: string
}

/** Chooses one of the people whom the reader may read, found by name on the server. */
export function PersonSelect({
  label,
  description,
  person,
  onChange,
}: {
  label: string
  description?: string
  person: Person | undefined
  onChange: (id: string) => void
}) {
  const client = useClient()
  const self = useSession().user
  const [text, setText] = useState('')
  const [searched] = useDebouncedValue(text, 200)
  // An unchanged field shows the chosen person's name, which is not a search.
  const q = person !== undefined && searched === labelOf(person, self) ? '' : searched.trim()
  const found = useQuery({
    queryKey: ['users', 'list', { q, limit: 20, purpose: 'choose' }],
    queryFn: async ({ signal }) =>
      (
        await client.users.list({ query: { limit: 20, ...(q === '' ? {} : { q }) }, signal })
      ).items.filter((user) => user.can['read'] === true),
    placeholderData: keepPreviousData,
  })
  const people = new Map<string, Person>()
  for (const one of [...(person === undefined ? [] : [person]), self, ...(found.data ?? [])]) {
    people.set(one.id, one)
  }
  return (
    <Select
      label={label}
      description={description}
      data={[...people.values()].map((one) => ({ value: one.id, label: labelOf(one, self) }))}
      value={person?.id ?? null}
      searchable
      allowDeselect={false}
      filter={({ options }) => options}
      nothingFoundMessage="Nobody of this name"
      onSearchChange={setText}
      // Typing replaces the chosen person rather than adding to the name.
      onFocus={(event) => {
        event.currentTarget.select()
      }}
      onClick={(event) => {
        if (q === '') event.currentTarget.select()
      }}
      onChange={(id) => {
        if (id !== null) onChange(id)
      }}
    />
  )
}

function labelOf(person: Person, self: Person): string {
  if (person.id === self.id) return `You (@${person.username})`
  return `${person.name === '' ? person.username : person.name} (@${person.username})`
}
