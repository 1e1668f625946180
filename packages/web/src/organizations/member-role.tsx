import type { OrganizationRole } from '@atelier/access'
import type { OrganizationMember } from '@atelier/api'
import { UnstyledButton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LockKeyhole } from 'lucide-react'
import { RefusedAction } from '../forms/refused-action.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import './organizations.css'
import { RoleSelect } from './role-select.tsx'
import { shortRole } from './roles.ts'

/** A member's organization role: a drop-down for who may change it, else the name, with the reason. */
export function MemberRole({
  organizationId,
  member,
}: {
  organizationId: string
  member: OrganizationMember
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  const change = useMutation({
    mutationFn: (role: OrganizationRole) =>
      client.organizations.changeMemberRole({
        params: { organization: organizationId, user: member.id },
        body: { role },
      }),
    onSuccess: async (changed) => {
      notifyDone(`${member.name} is now ${shortRole(changed.organization_role).toLowerCase()}.`)
      void queryClient.invalidateQueries({ queryKey: ['users'] })
      await queryClient.invalidateQueries({ queryKey: ['organizations'] })
    },
    onError: (error) => {
      notifyFailed(`The role of ${member.name} is unchanged`, error)
    },
  })
  const role = member.organization_role
  const refused = member.cannot['change_role']
  if (refused !== undefined) {
    return (
      <RefusedAction reason={refused}>
        <UnstyledButton className="member-role-refused">
          {shortRole(role)}
          <LockKeyhole size={13} aria-hidden="true" />
        </UnstyledButton>
      </RefusedAction>
    )
  }
  if (member.can['change_role'] !== true) return shortRole(role)
  return (
    <RoleSelect
      aria-label={`Organization role of ${member.name}`}
      value={change.isPending ? change.variables : role}
      disabled={change.isPending}
      onChange={(chosen) => {
        if (chosen !== role) change.mutate(chosen)
      }}
      comboboxProps={{ width: 340, position: 'bottom-start' }}
      className="member-role"
    />
  )
}
