import type { OrganizationMember } from '@atelier/api'
import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { UserMinus, UserPlus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { AnchorLink } from '../navigation/links.tsx'
import { usePageActions } from '../palette/store.ts'
import { RoleBadge } from '../roles/role-badge.tsx'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import type { RowAction, TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { FilterSelect } from '../table/filter-select.tsx'
import { useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { Time } from '../time/time.tsx'
import { PersonLine } from '../users/person.tsx'
import { AddMembersDialog } from './add-members-dialog.tsx'
import { MemberRole } from './member-role.tsx'
import { OrganizationFrame } from './organization-frame.tsx'
import { roleChoices } from './roles.ts'
import type { MemberSearch } from './search.ts'
import { fullRecord, useOrganization, type VisibleOrganization } from './use-organization.ts'

/** Who is in an organization, with which role. */
export function MembersPage() {
  const { organization: id } = useParams({ from: '/frame/organizations/$organization' })
  const organization = useOrganization(id)
  const [adding, add] = useDisclosure(false)
  const mayAdd = organization.data?.can['add_members'] === true
  const { open } = add
  usePageActions(
    useMemo(
      () => (mayAdd ? [{ id: 'add-members', label: 'Add members', onTrigger: open }] : []),
      [mayAdd, open],
    ),
  )
  const button = mayAdd ? (
    <Button leftSection={<UserPlus size={16} aria-hidden="true" />} onClick={add.open}>
      Add members
    </Button>
  ) : undefined
  return (
    <OrganizationFrame query={organization} tab="Members" actions={button}>
      {(data) => (
        <>
          <Members organization={data} empty={button} />
          <AddMembersDialog
            organizationId={data.id}
            defaultRole={fullRecord(data)?.default_role}
            opened={adding && mayAdd}
            onClose={add.close}
          />
        </>
      )}
    </OrganizationFrame>
  )
}

function columnsOf(organizationId: string): readonly TableColumn<OrganizationMember>[] {
  return [
    {
      id: 'user',
      label: 'User',
      cell: (member) => <Who member={member} />,
    },
    {
      id: 'organization_role',
      label: 'Organization role',
      width: '15rem',
      cell: (member) => <MemberRole organizationId={organizationId} member={member} />,
    },
    {
      id: 'site_role',
      label: 'Site role',
      choice: 'hidden',
      cell: (member) =>
        member.role === undefined ? <Text c="dimmed">–</Text> : <RoleBadge role={member.role} />,
    },
    {
      id: 'roles_updated_at',
      label: 'Role since',
      choice: 'shown',
      cell: (member) => <Time value={member.roles_updated_at} />,
    },
  ]
}

function Who({ member }: { member: OrganizationMember }) {
  const person = <PersonLine person={member} detail={member.email} />
  return (
    <Group gap="sm" wrap="nowrap" className="member-who">
      {member.can['read'] === true ? (
        <AnchorLink
          to="/users/$user"
          params={{ user: member.id }}
          underline="never"
          c="inherit"
          miw={0}
        >
          {person}
        </AnchorLink>
      ) : (
        person
      )}
      {member.status === 'suspended' && <Badge color="orange">Suspended</Badge>}
    </Group>
  )
}

function Members({
  organization,
  empty,
}: {
  organization: VisibleOrganization
  empty: React.ReactNode
}) {
  const client = useClient()
  const list = useListState<MemberSearch>()
  const [removing, setRemoving] = useState<OrganizationMember>()
  const columns = useMemo(() => columnsOf(organization.id), [organization.id])
  const members = useQuery({
    queryKey: ['organizations', organization.id, 'members', list.query],
    queryFn: ({ signal }) => {
      const { q, role, limit, after } = list.query
      return client.organizations.members({
        params: { organization: organization.id },
        query: { q, role, limit, after },
        signal,
      })
    },
    placeholderData: keepPreviousData,
  })

  function actionsOf(member: OrganizationMember): readonly RowAction[] {
    const refused = member.cannot['remove']
    if (member.can['remove'] !== true && refused === undefined) return []
    return [
      {
        label: 'Remove from organization',
        icon: <UserMinus size={16} aria-hidden="true" />,
        danger: true,
        refused,
        onSelect: () => {
          setRemoving(member)
        },
      },
    ]
  }

  const rows = members.data?.items ?? []
  return (
    <>
      <DataTable<OrganizationMember>
        label="Members"
        storageKey="organization-members"
        columns={columns}
        result={members}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
        empty={{
          title: 'Nobody is in this organization yet',
          text:
            empty === undefined
              ? 'A super manager of the organization or a site manager can add people.'
              : 'Add the people who should share its images and workspaces.',
          action: empty,
        }}
        filters={
          <>
            <SearchField
              label={
                organization.can['read'] === true
                  ? 'Search by name, username or e-mail'
                  : 'Search by name or username'
              }
              value={list.search.q}
              onChange={(q) => {
                list.change({ q })
              }}
            />
            <FilterSelect
              label="Organization role"
              value={list.search.role}
              options={roleChoices.map(({ value, label }) => ({ value, label }))}
              onChange={(role) => {
                list.change({ role })
              }}
            />
          </>
        }
      />
      {removing !== undefined && (
        <RemoveMemberDialog
          organization={organization}
          member={removing}
          onClose={() => {
            setRemoving(undefined)
          }}
        />
      )}
    </>
  )
}

function RemoveMemberDialog({
  organization,
  member,
  onClose,
}: {
  organization: VisibleOrganization
  member: OrganizationMember
  onClose: () => void
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  const isSelf = useSession().user.id === member.id
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={
        isSelf ? `Leave ${organization.name}?` : `Remove ${member.name} from ${organization.name}?`
      }
      confirmLabel={isSelf ? 'Leave organization' : 'Remove member'}
      danger
      onConfirm={async () => {
        await client.organizations.removeMember({
          params: { organization: organization.id, user: member.id },
        })
        notifyDone(
          isSelf
            ? `You have left ${organization.name}.`
            : `${member.name} is no longer in ${organization.name}.`,
        )
        void queryClient.invalidateQueries({ queryKey: ['users'] })
        await queryClient.invalidateQueries({ queryKey: ['organizations'] })
      }}
    >
      <Text>
        {isSelf ? 'You lose' : `${member.name} loses`} at once what this membership gives; open
        pages and API keys notice with their next request.
      </Text>
      <Text c="dimmed">
        {isSelf
          ? 'Only somebody who manages the members can add you again.'
          : 'The account stays, with its site role and its other organizations.'}
      </Text>
    </ConfirmDialog>
  )
}
