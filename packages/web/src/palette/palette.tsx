import { useDebouncedValue } from '@mantine/hooks'
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightFilterFunction,
} from '@mantine/spotlight'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Search, Zap } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { places } from '../shell/places.ts'
import { PersonAvatar } from '../users/person.tsx'
import './palette.css'
import { paletteStore, useRegisteredActions } from './store.ts'

type Groups = Parameters<SpotlightFilterFunction>[1]

/** Ctrl or Cmd with K: pages, actions of the open page, and people. */
export function Palette() {
  const [query, setQuery] = useState('')
  const session = useSession()
  const navigate = useNavigate()
  const actions = useRegisteredActions()
  const people = usePeople(query)
  const found = people.map((person) => person.id).join()

  useEffect(() => {
    if (found !== '') selectFirst()
  }, [found])

  const groups: Groups = [
    {
      group: 'On this page',
      actions: actions.map((action) => ({
        id: `action-${action.id}`,
        label: action.label,
        ...(action.description === undefined ? {} : { description: action.description }),
        leftSection: <Zap size={18} aria-hidden="true" />,
        onClick: action.onTrigger,
      })),
    },
    {
      group: 'Pages',
      actions: places
        .filter((place) => place.open(session))
        .map((place) => ({
          id: `place-${place.to}`,
          label: place.label,
          description: place.meaning,
          leftSection: <place.icon size={18} aria-hidden="true" />,
          onClick: () => void navigate({ to: place.to }),
        })),
    },
    { group: 'People', actions: people },
  ]

  return (
    <Spotlight
      store={paletteStore}
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      filter={matching}
      shortcut={null}
      radius="lg"
      centered={false}
      overlayProps={{ backgroundOpacity: 0.45, blur: 0 }}
      scrollable
      maxHeight={420}
      nothingFound={`Nothing is called “${query}”. Try another word.`}
      searchProps={{
        placeholder: 'Find a page, an action or a person',
        'aria-label': 'Find a page, an action or a person',
        leftSection: <Search size={18} aria-hidden="true" />,
      }}
    />
  )
}

/** The library selects the first row when one types; people who come later may be the first. */
function selectFirst(): void {
  const list = document.getElementById(paletteStore.getState().listId)
  if (list === null || list.querySelector('[data-selected]') !== null) return
  list.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
  paletteStore.updateState((state) => ({ ...state, selected: 0 }))
}

/** The server finds people by any part of their name, so only the rest is filtered here. */
function matching(query: string, groups: Groups): Groups {
  const words = query.trim().toLowerCase().split(/\s+/)
  return groups.flatMap((group): Groups => {
    if (!('actions' in group)) return [group]
    const actions =
      group.group === 'People'
        ? group.actions
        : group.actions.filter((action) => {
            const text = ` ${action.label ?? ''} ${action.description ?? ''}`.toLowerCase()
            // By the beginnings of words: `gra` is not in search of programs.
            return words.every((word) => text.includes(` ${word}`))
          })
    return actions.length === 0 ? [] : [{ ...group, actions }]
  })
}

function usePeople(query: string): SpotlightActionData[] {
  const client = useClient()
  const navigate = useNavigate()
  const session = useSession()
  const [q] = useDebouncedValue(query.trim(), 180)
  const { data } = useQuery({
    queryKey: ['users', 'list', { q, limit: 6 }],
    queryFn: ({ signal }) => client.users.list({ query: { q, limit: 6 }, signal }),
    enabled: q.length > 1 && may(session, 'users', 'list', 'read_all'),
    placeholderData: keepPreviousData,
  })
  if (query.trim().length < 2) return []
  return (data?.items ?? []).map((user) => ({
    id: `user-${user.id}`,
    label: user.name,
    description: `@${user.username}`,
    leftSection: <PersonAvatar person={user} size={26} />,
    onClick: () => void navigate({ to: '/users/$user', params: { user: user.id } }),
  }))
}
