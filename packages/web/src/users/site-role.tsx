import { mayCreateWithRole, type SiteRole, siteRoles } from '@atelier/access'
import type { User } from '@atelier/api'
import { Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { roleLabel } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { useOpenDialog } from './dialogs.ts'
import { RoleMenu } from './role-menu.tsx'
import './site-role.css'

/** A role that nobody gives: it only changes hands by transfer. */
function onlyByTransfer(role: SiteRole): boolean {
  return !siteRoles.some((actor) => mayCreateWithRole(actor, role))
}

/** The Site Role drop-down of a user; plain text for whoever may not change it, and for the site admin. */
export function SiteRoleControl({ user, look }: { user: User; look: 'cell' | 'field' }) {
  const asked = user.can['assign_role'] === true || user.cannot['assign_role'] !== undefined
  if (!asked || onlyByTransfer(user.role)) {
    return (
      <span className="site-role" data-look={look}>
        <Text span inherit fw={look === 'field' ? 550 : undefined}>
          {roleLabel(user.role)}
        </Text>
        <TransferButton user={user} />
      </span>
    )
  }
  return <Choice user={user} look={look} />
}

function Choice({ user, look }: { user: User; look: 'cell' | 'field' }) {
  const client = useClient()
  const open = useOpenDialog()
  const [opened, setOpened] = useState(false)
  const options = useQuery({
    queryKey: ['users', user.id, 'role-options'],
    queryFn: ({ signal }) => client.users.roleOptions({ params: { user: user.id }, signal }),
    enabled: opened,
  })
  return (
    <RoleMenu
      label={`Site role of ${user.name}`}
      role={user.role}
      options={options.data}
      error={options.data === undefined ? options.error : null}
      look={look}
      onOpen={() => {
        if (opened) void options.refetch()
        setOpened(true)
      }}
      onPick={(role) => {
        open({ kind: 'role', user, role })
      }}
    />
  )
}

/** On the site admin's own row or page. */
function TransferButton({ user }: { user: User }) {
  const open = useOpenDialog()
  const isSelf = useSession().user.id === user.id
  // The server speaks of a transfer only to who may begin one.
  const offered = user.can['transfer'] === true || user.cannot['transfer'] !== undefined
  if (!isSelf || !offered) return null
  return (
    <UnstyledButton
      className="site-role-transfer"
      onClick={() => {
        open({ kind: 'transfer' })
      }}
    >
      Transfer…
    </UnstyledButton>
  )
}
