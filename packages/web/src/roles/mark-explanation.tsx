import { Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import type { MarkPlace, RoleColumn } from './role-table.tsx'
import { many, markSentence } from './sentences.ts'
import { roleLabel } from './words.ts'

/** Below a role table: what the mark in question allows, and who holds it. */
export function MarkExplanation({
  id,
  place,
  columns,
}: {
  id: string
  place: MarkPlace | undefined
  columns: readonly RoleColumn[]
}) {
  return (
    <div className="role-explanation" id={id}>
      {place === undefined ? (
        <Text size="sm" c="dimmed">
          Point at a mark, or go from mark to mark with the arrow keys, to see who it lets do what.
        </Text>
      ) : (
        <>
          <Text fw={550}>
            <span
              className="mark"
              data-mark={place.mark}
              data-inherited={place.inherited || undefined}
              aria-hidden="true"
            >
              {place.mark}
            </span>{' '}
            {markSentence(place.role, place.resource, place.mark)}
            {place.inherited && ' Inherited from a lower role, not in the published table.'}
          </Text>
          <Text size="sm" c="dimmed" mt={2}>
            <Holders place={place} columns={columns} />
          </Text>
        </>
      )}
    </div>
  )
}

/** The roles of this table that hold the mark, with their numbers for those who may count. */
function Holders({ place, columns }: { place: MarkPlace; columns: readonly RoleColumn[] }) {
  const client = useClient()
  const session = useSession()
  const { resource, mark } = place
  // Passing over a table asks nothing; resting on a mark does.
  const [asked] = useDebouncedValue({ resource, mark }, 150)
  const counts = useQuery({
    queryKey: ['access', 'holders', asked.resource, asked.mark],
    queryFn: ({ signal }) => client.access.holders({ query: asked as never, signal }),
    enabled: may(session, 'users', 'read_all'),
    staleTime: 60_000,
    retry: false,
  })
  const isCurrent = asked.resource === resource && asked.mark === mark
  const count = (role: string): string => {
    if (!isCurrent || counts.data === undefined) return ''
    const users = counts.data.site.find((one) => one.role === role)?.users
    const members = counts.data.organization.find((one) => one.role === role)?.members
    if (users !== undefined) return ` (${amount(users, 'user')})`
    return members === undefined ? '' : ` (${amount(members, 'member')})`
  }
  const holders = columns.filter((column) => column.marks[resource]?.[mark] !== undefined)
  const names = holders.map(({ role }) => `${roleLabel(role)}${count(role)}`)
  if (holders.length === columns.length) return <>Every role of this table: {names.join(', ')}.</>
  return holders.length === 1 && place.role === holders[0]?.role ? (
    <>
      Only {many(place.role).replace(/^The/, 'the')}
      {count(place.role)}.
    </>
  ) : (
    <>Held by {names.join(', ')}.</>
  )
}

function amount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
