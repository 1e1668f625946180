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

/** A person in a list: initials, name, and a second line such as the e-mail address. */
export function PersonLine({ person, detail }: { person: Person; detail?: string | undefined }) {
  return (
    <span className="person">
      <PersonAvatar person={person} />
      <span className="person-text">
        <Text span fw={550} className="person-name">
          {person.name === '' ? person.username : person.name}
        </Text>
        <Text span size="xs" c="dimmed" className="person-detail">
          {detail ?? `@${person.username}`}
        </Text>
      </span>
    </span>
  )
}
