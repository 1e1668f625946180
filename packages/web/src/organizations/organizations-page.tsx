import { Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus, Settings2, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import type { RowAction, TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { Time } from '../time/time.tsx'
import { CreateOrganizationDialog } from './create-organization-dialog.tsx'
import { DefaultBadge } from './default-badge.tsx'
import { DeleteOrganizationDialog } from './delete-organization-dialog.tsx'
import { Faces } from './faces.tsx'
import './organizations.css'
import { shortRole } from './roles.ts'
import { fullRecord, type VisibleOrganization } from './use-organization.ts'

const directoryColumns: readonly TableColumn<VisibleOrganization>[] = [
  {
    id: 'name',
    label: 'Name',
    cell: (row) => (
      <div className="organization-name">
        <Group gap={8} wrap="nowrap">
          <AnchorLink
            to="/organizations/$organization"
            params={{ organization: row.id }}
            fw={550}
            className="organization-link"
          >
            {row.name}
          </AnchorLink>
          {row.default && <DefaultBadge />}
        </Group>
        {row.description !== '' && (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {row.description}
          </Text>
        )}
      </div>
    ),
  },
  { id: 'members', label: 'Members', width: '14rem', cell: (row) => <Faces organization={row} /> },
]

const columns: readonly TableColumn<VisibleOrganization>[] = [
  ...directoryColumns,
  {
    id: 'default_role',
    label: 'Role of new members',
    choice: 'shown',
    cell: (row) => {
      const role = fullRecord(row)?.default_role
      return role === undefined ? <Unseen /> : shortRole(role)
    },
  },
  {
    id: 'created_at',
    label: 'Created',
    choice: 'hidden',
    cell: (row) => {
      const created = fullRecord(row)?.created_at
      return created === undefined ? <Unseen /> : <Time value={created} />
    },
  },
]

function Unseen() {
  return (
    <Text span c="dimmed">
      –
    </Text>
  )
}

/** The organizations that the reader may see. */
export function OrganizationsPage() {
  const client = useClient()
  const session = useSession()
  const navigate = useNavigate()
  const list = useListState()
  const [creating, create] = useDisclosure(false)
  const [deleting, setDeleting] = useState<VisibleOrganization>()
  const organizations = useQuery({
    queryKey: ['organizations', 'list', list.query],
    queryFn: ({ signal }) => {
      const { q, limit, after } = list.query
      return client.organizations.list({ query: { q, limit, after, members: 'first' }, signal })
    },
    placeholderData: keepPreviousData,
  })
  const readsSome = may(session, 'organizations', 'read_all')
  const mayCreate = may(session, 'organizations', 'create')
  const { open } = create
  usePageActions(
    useMemo(
      () =>
        mayCreate ? [{ id: 'new-organization', label: 'New organization', onTrigger: open }] : [],
      [mayCreate, open],
    ),
  )
  const button = mayCreate ? (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={create.open}>
      New organization
    </Button>
  ) : undefined

  function actionsOf(row: VisibleOrganization): readonly RowAction[] {
    const actions: RowAction[] = []
    if (row.can['read'] === true) {
      actions.push({
        label: row.can['update'] === true ? 'Edit settings' : 'View settings',
        icon: <Settings2 size={16} aria-hidden="true" />,
        onSelect: () =>
          void navigate({
            to: '/organizations/$organization/settings',
            params: { organization: row.id },
          }),
      })
    }
    if (row.can['delete'] === true || row.cannot['delete'] !== undefined) {
      actions.push({
        label: 'Delete organization',
        icon: <Trash2 size={16} aria-hidden="true" />,
        danger: true,
        refused: row.cannot['delete'],
        onSelect: () => {
          setDeleting(row)
        },
      })
    }
    return actions
  }

  const rows = organizations.data?.items ?? []
  return (
    <Page
      title="Organizations"
      heading={<Heading total={list.filtered ? undefined : organizations.data?.total} />}
      description="Groups of people and what they share. New users join the default organizations by themselves."
      actions={button}
    >
      <DataTable<VisibleOrganization>
        label="Organizations"
        storageKey="organizations"
        columns={readsSome ? columns : directoryColumns}
        result={organizations}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
        empty={{
          title: 'You are in no organization yet',
          text: 'A site manager, or a super manager of an organization, can add you to one.',
          action: button,
        }}
        filters={
          <SearchField
            label="Search by name or description"
            value={list.search.q}
            onChange={(q) => {
              list.change({ q })
            }}
          />
        }
      />
      <CreateOrganizationDialog opened={creating} onClose={create.close} />
      <DeleteOrganizationDialog
        organization={deleting}
        onClose={() => {
          setDeleting(undefined)
        }}
      />
    </Page>
  )
}

function Heading({ total }: { total: number | null | undefined }) {
  return (
    <>
      Organizations
      {total !== undefined && total !== null && total > 0 && (
        <>
          {' '}
          <Text span inherit c="dimmed" fw={500} className="at-number">
            {new Intl.NumberFormat('en').format(total)}
          </Text>
        </>
      )}
    </>
  )
}
