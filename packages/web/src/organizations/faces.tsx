import { Text, VisuallyHidden } from '@mantine/core'
import type { VisibleOrganization } from './use-organization.ts'
import { PersonAvatar } from '../users/person.tsx'
import { fullRecord } from './use-organization.ts'
import './organizations.css'

const shown = 4
const number = new Intl.NumberFormat('en')

/** Some members' initials, and how many members there are, as far as the reader may know. */
export function Faces({ organization }: { organization: VisibleOrganization }) {
  const { members } = organization
  const count = fullRecord(organization)?.member_count
  if (members.length === 0 && (count ?? 0) === 0) {
    return (
      <Text span c="dimmed">
        Nobody yet
      </Text>
    )
  }
  const names = members.slice(0, shown).map((member) => member.name)
  return (
    <span className="faces" data-counted={count !== undefined || undefined}>
      <span className="faces-row" aria-hidden="true">
        {members.slice(0, shown).map((member) => (
          <PersonAvatar key={member.id} person={member} size={28} />
        ))}
      </span>
      {count === undefined ? (
        <VisuallyHidden>{names.join(', ')}</VisuallyHidden>
      ) : (
        <span className="at-number">{number.format(count)}</span>
      )}
      {count === undefined && members.length > shown && (
        <Text span c="dimmed">
          and more
        </Text>
      )}
    </span>
  )
}
