import type { Image } from '@atelier/api'
import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import { InsideFilters, type InsideSearch } from '../organizations/inside-list.tsx'
import { usePageActions } from '../palette/store.ts'
import { RegistryTabs } from '../registries/registry-tabs.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import type { RowAction, TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { Time } from '../time/time.tsx'
import { organizationChoices } from '../users/queries.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { originText, recommendedText, systemText } from './words.ts'

/** The images that workspaces are made of, of every organization that the reader is in. */
export function ImagesPage() {
  const client = useClient()
  const session = useSession()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const list = useListState<InsideSearch>()
  const [importing, imports] = useDisclosure(false)
  const [edited, setEdited] = useState<Image>()
  const [deleted, setDeleted] = useState<Image>()
  const organizations = useQuery(organizationChoices(client)).data ?? []
  const images = useQuery({
    queryKey: ['images', 'list', list.query],
    queryFn: ({ signal }) => client.images.list({ query: list.query, signal }),
    placeholderData: keepPreviousData,
  })
  const mayImport = may(session, 'images', 'create')
  const { open } = imports
  usePageActions(
    useMemo(
      () => (mayImport ? [{ id: 'import-image', label: 'Import an image', onTrigger: open }] : []),
      [mayImport, open],
    ),
  )
  const names = new Map(organizations.map(({ id, name }) => [id, name]))
  const button = mayImport ? (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={imports.open}>
      Import image
    </Button>
  ) : undefined
  const columns: readonly TableColumn<Image>[] = [
    { id: 'repository', label: 'Image', cell: (row) => <Name image={row} /> },
    {
      id: 'default_tag',
      label: 'Default tag',
      cell: ({ default_tag: tag }) =>
        tag === null ? (
          '–'
        ) : (
          <>
            <Text span ff="monospace" size="sm">
              {tag.tag}
            </Text>
            <Text size="xs" c="dimmed">
              {systemText(tag)}
            </Text>
          </>
        ),
    },
    {
      id: 'registry',
      label: 'Registry',
      choice: 'shown',
      cell: originText,
    },
    {
      id: 'organization',
      label: 'Organization',
      choice: 'shown',
      cell: (row) => names.get(row.organization_id) ?? '–',
    },
    { id: 'recommended', label: 'Recommended', choice: 'shown', cell: recommendedText },
    {
      id: 'updated_at',
      label: 'Changed',
      choice: 'hidden',
      cell: (row) => <Time value={row.updated_at} />,
    },
  ]

  function actionsOf(row: Image): readonly RowAction[] {
    const actions: RowAction[] = []
    if (row.can['update'] === true) {
      actions.push({
        label: 'Edit',
        icon: <Pencil size={16} aria-hidden="true" />,
        onSelect: () => {
          setEdited(row)
        },
      })
    }
    if (row.can['delete'] === true) {
      actions.push({
        label: 'Delete',
        icon: <Trash2 size={16} aria-hidden="true" />,
        danger: true,
        onSelect: () => {
          setDeleted(row)
        },
      })
    }
    return actions
  }

  const rows = images.data?.items ?? []
  return (
    <>
      <RegistryTabs />
      <Page title="Images" description="What workspaces are made of." actions={button}>
        <DataTable<Image>
          label="Images"
          storageKey="images"
          columns={columns}
          result={images}
          list={list}
          rowId={(row) => row.id}
          rowName={(row) => row.repository}
          {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
          empty={{
            title: 'There is no image yet',
            text: mayImport
              ? 'Import one from a registry of your organization.'
              : 'An importer of your organization can import one.',
            action: button,
          }}
          filters={
            <InsideFilters
              label="Search by name or description"
              list={list}
              organizations={organizations}
            />
          }
        />
        <ImportDialog
          opened={importing}
          organizations={organizations}
          shown={list.search.org}
          onClose={imports.close}
          onImported={(image) => {
            void queryClient.invalidateQueries({ queryKey: ['images'] })
            void queryClient.invalidateQueries({ queryKey: ['registries'] })
            notifyDone(`${image.repository} is imported.`)
            void navigate({ to: '/images/$image', params: { image: image.id } })
          }}
        />
        <EditDialog
          image={edited}
          onClose={() => {
            setEdited(undefined)
          }}
        />
        <DeleteDialog
          image={deleted}
          onClose={() => {
            setDeleted(undefined)
          }}
        />
      </Page>
    </>
  )
}

function Name({ image }: { image: Image }) {
  return (
    <>
      <Group gap={8} wrap="nowrap">
        <AnchorLink
          to="/images/$image"
          params={{ image: image.id }}
          fw={550}
          style={{ overflowWrap: 'anywhere' }}
        >
          {image.repository}
        </AnchorLink>
        {image.deprecated && <Badge color="orange">Deprecated</Badge>}
      </Group>
      {image.description !== '' && (
        <Text size="xs" c="dimmed" lineClamp={2}>
          {image.description}
        </Text>
      )}
    </>
  )
}
