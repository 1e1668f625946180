import type { User } from '@atelier/api'
import { Badge, Popover, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { roleLabel, words } from '../roles/words.ts'
import { useSession } from '../session/session.ts'
import type { TableColumn } from '../table/column.ts'
import { Time } from '../time/time.tsx'
import './columns.css'
import { PersonLine } from './person.tsx'
import { type AnyUser, fullRecord } from './queries.ts'
import { SiteRoleControl } from './site-role.tsx'

const person: TableColumn<AnyUser> = {
  id: 'name',
  label: 'User',
  sort: 'name',
  cell: (row) => <Person user={row} />,
}

/** For whoever may read nobody else: what the directory tells of everybody. */
export const directoryColumns: readonly TableColumn<AnyUser>[] = [
  person,
  { id: 'username', label: 'Username', sort: 'username', cell: (row) => row.username },
]

export const userColumns: readonly TableColumn<AnyUser>[] = [
  person,
  {
    id: 'username',
    label: 'Username',
    sort: 'username',
    choice: 'hidden',
    cell: (row) => row.username,
  },
  {
    id: 'email',
    label: 'E-mail',
    sort: 'email',
    choice: 'hidden',
    cell: (row) => known(row, (user) => user.email),
  },
  {
    id: 'role',
    label: 'Site role',
    choice: 'shown',
    cell: (row) => known(row, (user) => <SiteRoleControl user={user} look="cell" />),
  },
  {
    id: 'status',
    label: 'Status',
    choice: 'shown',
    cell: (row) => known(row, (user) => <Status user={user} />),
  },
  {
    id: 'organizations',
    label: 'Organizations',
    choice: 'shown',
    cell: (row) => known(row, (user) => <Organizations user={user} />),
  },
  {
    id: 'last_seen_at',
    label: 'Last seen',
    sort: 'last_seen_at',
    descendingFirst: true,
    choice: 'shown',
    cell: (row) => known(row, (user) => <LastSeen user={user} />),
  },
  {
    id: 'created_at',
    label: 'Created',
    sort: 'created_at',
    descendingFirst: true,
    choice: 'shown',
    cell: (row) => known(row, (user) => <Time value={user.created_at} />),
  },
]

/** The directory holds less than the full record; its cells stay empty. */
function known(row: AnyUser, cell: (user: User) => ReactNode): ReactNode {
  const user = fullRecord(row)
  return user === undefined ? <Unseen /> : cell(user)
}

function Unseen() {
  return (
    <Text span c="dimmed" aria-label="Not shown to you">
      –
    </Text>
  )
}

function Person({ user }: { user: AnyUser }) {
  const isSelf = useSession().user.id === user.id
  const full = fullRecord(user)
  const line = (
    <PersonLine
      person={user}
      detail={full === undefined ? `@${user.username}` : `${user.username} · ${full.email}`}
      {...(isSelf ? { mark: 'You' } : {})}
    />
  )
  if (user.can['read'] !== true) return <span className="user-cell">{line}</span>
  return (
    <AnchorLink
      to="/users/$user"
      params={{ user: user.id }}
      underline="never"
      c="inherit"
      className="user-cell"
    >
      {line}
    </AnchorLink>
  )
}

function LastSeen({ user }: { user: User }) {
  // The server notes it a few seconds later; of the reader it is known already.
  return useSession().user.id === user.id ? 'Now' : <Time value={user.last_seen_at} />
}

/** Whether an account works, and whether its owner has yet to choose a password. */
export function Status({ user }: { user: User }) {
  return (
    <span className="user-status">
      <Badge color={user.status === 'active' ? 'green' : 'orange'}>{words(user.status)}</Badge>
      {user.temporary_password && (
        <Tooltip label="The password is temporary and not changed yet">
          <span className="user-status-note">
            <KeyRound size={14} aria-hidden="true" />
            <VisuallyHidden>, temporary password</VisuallyHidden>
          </span>
        </Tooltip>
      )}
    </span>
  )
}

const shownOrganizations = 2

function Organizations({ user }: { user: User }) {
  const shown = user.organizations.slice(0, shownOrganizations)
  const more = user.organizations.length - shown.length
  if (shown.length === 0) {
    return (
      <Text span c="dimmed">
        None
      </Text>
    )
  }
  return (
    <span className="user-organizations">
      <span className="user-organizations-names">{shown.map(({ name }) => name).join(', ')}</span>
      {more > 0 && (
        <Popover position="bottom-start" shadow="md" radius="md" trapFocus returnFocus>
          <Popover.Target>
            <UnstyledButton
              className="user-organizations-more"
              aria-label={`${String(more)} more organizations of ${user.name}`}
            >
              +{more}
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown aria-label={`Organizations of ${user.name}`}>
            <ul className="user-organizations-list">
              {user.organizations.map((one) => (
                <li key={one.id}>
                  <AnchorLink to="/organizations/$organization" params={{ organization: one.id }}>
                    {one.name}
                  </AnchorLink>
                  <Text span size="xs" c="dimmed">
                    {roleLabel(one.role)}
                  </Text>
                </li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </span>
  )
}
