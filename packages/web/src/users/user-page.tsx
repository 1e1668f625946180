import type { User } from '@atelier/api'
import { Badge, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { useOpenDialog } from './dialogs.ts'
import { PersonAvatar } from './person.tsx'
import { ProfileSection } from './profile-section.tsx'
import { userQuery } from './queries.ts'
import { RightsSection } from './rights-section.tsx'
import { accountActions } from './user-actions.tsx'
import { ActivitySection } from './user-activity.tsx'
import { UserDialogs } from './user-dialogs.tsx'
import { AccountSection, ActionsSection, OrganizationsSection } from './user-facts.tsx'
import { KeysSection } from './user-keys.tsx'
import './user-page.css'

/** One person: account, role, organizations, keys, rights, and what happened. */
export function UserPage() {
  const { user: id } = useParams({ from: '/frame/users/$user' })
  const navigate = useNavigate()
  const user = useQuery(userQuery(useClient(), id))
  const isSelf = useSession().user.id === user.data?.id
  return (
    <UserDialogs onDeleted={() => void navigate({ to: '/users' })}>
      <Page
        title={user.data?.name ?? 'User'}
        parent={{ label: 'Users', to: '/users' }}
        {...(user.data === undefined
          ? {}
          : {
              heading: (
                <Group gap="sm" wrap="nowrap">
                  <PersonAvatar person={user.data} size={44} />
                  <span>
                    {user.data.name}
                    {isSelf && (
                      <Badge color="gray" variant="default" ml="sm">
                        You
                      </Badge>
                    )}
                    {user.data.status === 'suspended' && (
                      <Badge color="orange" ml="sm">
                        Suspended
                      </Badge>
                    )}
                  </span>
                </Group>
              ),
              description: `@${user.data.username} · ${user.data.email}`,
            })}
      >
        <QueryView query={user}>{(data) => <Sections user={data} />}</QueryView>
      </Page>
    </UserDialogs>
  )
}

function Sections({ user }: { user: User }) {
  const session = useSession()
  const open = useOpenDialog()
  usePageActions(
    useMemo(
      () =>
        accountActions(user, open)
          .filter((action) => action.refused === undefined)
          .map((action) => ({
            id: action.label,
            label: action.label,
            description: user.name,
            onTrigger: action.onSelect,
          })),
      [user, open],
    ),
  )
  return (
    <div className="user-sections">
      <div className="user-side">
        <AccountSection user={user} />
        <OrganizationsSection user={user} />
        <KeysSection user={user} />
        <ActionsSection user={user} />
      </div>
      <div className="user-main">
        <ProfileSection user={user} />
        <RightsSection user={user} />
        {may(session, 'audit_logs', 'read_all') && <ActivitySection user={user} />}
      </div>
    </div>
  )
}
