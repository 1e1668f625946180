import { Avatar, Text } from '@mantine/core'
import './person.css'

interface Person {
  readonly name: string
  readonly username: string
}

/** The initials of a person; decoration, since the name always stands beside it. */
export function PersonAvatar({ person, size = 30 }: { person: Person; size?: number }) {
  return (
    <Avatar
      name={person.name === '' ? person.username : person.name}
      size={size}
      radius="xl"
      color="initials"
      allowedInitialsColors={['brand', 'indigo', 'grape', 'teal', 'cyan']}
      className="person-avatar"
      aria-hidden="true"
    />
  )
}

interface PersonLineProps {
  person: Person
  /** The second line; the username when left out. */
  detail?: string | undefined
  /** A word beside the name: `You`. */
  mark?: string
}

/** A person in a list: initials, name, and a second line such as the e-mail address. */
export function PersonLine({ person, detail, mark }: PersonLineProps) {
  return (
    <span className="person">
      <PersonAvatar person={person} />
      <span className="person-text">
        <span className="person-first">
          <Text span fw={550} className="person-name">
            {person.name === '' ? person.username : person.name}
          </Text>
          {mark !== undefined && <span className="person-mark">{mark}</span>}
        </span>
        <Text span size="xs" c="dimmed" className="person-detail">
          {detail ?? `@${person.username}`}
        </Text>
      </span>
    </span>
  )
}
