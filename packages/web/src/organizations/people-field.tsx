import type { DirectoryUser, User } from '@atelier/api'
import { Combobox, Pill, PillsInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useClient } from '../session/client.tsx'
import { PersonLine } from '../users/person.tsx'
import './organizations.css'

const shownAtOnce = 20

export interface Person {
  readonly id: string
  readonly name: string
  readonly username: string
  readonly email: string | undefined
}

interface Props {
  organizationId: string
  value: readonly Person[]
  onChange: (people: readonly Person[]) => void
  error?: ReactNode
}

/** Finds people on the server as one types; who is a member already is shown, but not to choose. */
export function PeopleField({ organizationId, value, onChange, error }: Props) {
  const [text, setText] = useState('')
  const found = useCandidates(organizationId, text)
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
    },
  })
  const chosen = new Set(value.map((person) => person.id))
  const options = (found.data ?? []).filter(({ person }) => !chosen.has(person.id))

  // When the options change, the one that the arrow keys had reached may be gone. The library
  // forgets it, but leaves its id on the field, where it would name nothing.
  const field = useRef<HTMLInputElement>(null)
  const { resetSelectedOption } = combobox
  useEffect(() => {
    resetSelectedOption()
    field.current?.removeAttribute('aria-activedescendant')
  }, [found.data, value, resetSelectedOption])

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Backspace' && text === '') onChange(value.slice(0, -1))
  }

  return (
    <Combobox
      store={combobox}
      shadow="md"
      keepMounted={false}
      onOptionSubmit={(id) => {
        const option = options.find(({ person }) => person.id === id)
        if (option === undefined) return
        onChange([...value, option.person])
        setText('')
        combobox.resetSelectedOption()
      }}
    >
      <Combobox.DropdownTarget>
        <PillsInput
          label="People"
          description="Search by name or username."
          error={error}
          className="people-field"
          onClick={() => {
            combobox.openDropdown()
          }}
        >
          <Pill.Group>
            {value.map((person) => (
              <Pill
                key={person.id}
                withRemoveButton
                removeButtonProps={{ 'aria-label': `Leave ${person.name} out`, tabIndex: 0 }}
                onRemove={() => {
                  onChange(value.filter((other) => other.id !== person.id))
                }}
              >
                {person.name}
              </Pill>
            ))}
            <Combobox.EventsTarget withExpandedAttribute>
              <PillsInput.Field
                ref={field}
                value={text}
                placeholder={value.length === 0 ? 'Ann, or ann-adams' : ''}
                autoComplete="off"
                spellCheck={false}
                maxLength={200}
                data-path="people"
                data-autofocus
                onKeyDown={onKeyDown}
                onBlur={() => {
                  combobox.closeDropdown()
                }}
                onChange={(event) => {
                  setText(event.currentTarget.value)
                  combobox.openDropdown()
                }}
              />
            </Combobox.EventsTarget>
          </Pill.Group>
        </PillsInput>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown>
        <Combobox.Options aria-label="People" className="people-options">
          {options.map(({ person, isMember }) => (
            <Combobox.Option
              key={person.id}
              value={person.id}
              disabled={isMember}
              className="two-line-option"
            >
              <PersonLine
                person={person}
                detail={isMember ? 'Is a member already' : person.email}
              />
            </Combobox.Option>
          ))}
          {options.length === 0 && <Combobox.Empty>{emptyText(found)}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

function emptyText(found: { readonly isPending: boolean; readonly isError: boolean }): string {
  if (found.isPending) return 'Searching…'
  return found.isError ? 'The search failed. Type on to try again.' : 'Nobody else found'
}

function useCandidates(organizationId: string, text: string) {
  const client = useClient()
  const [wanted] = useDebouncedValue(text.trim(), 200)
  return useQuery({
    queryKey: ['organizations', organizationId, 'candidates', wanted],
    queryFn: async ({ signal }) => {
      const q = wanted === '' ? undefined : wanted
      const [users, members] = await Promise.all([
        client.users.list({ query: { q, limit: shownAtOnce, sort: 'name' }, signal }),
        client.organizations.members({
          params: { organization: organizationId },
          query: { q, limit: 200 },
          signal,
        }),
      ])
      const ids = new Set(members.items.map((member) => member.id))
      return users.items.map((user) => ({ person: personOf(user), isMember: ids.has(user.id) }))
    },
    placeholderData: keepPreviousData,
  })
}

function personOf(user: User | DirectoryUser): Person {
  return {
    id: user.id,
    name: user.name,
    username: user.username,
    email: 'email' in user ? user.email : undefined,
  }
}
