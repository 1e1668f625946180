import type { Image, ImageTag } from '@atelier/api'
import { Badge, Group, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive, ArchiveRestore, Star, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import type { RowAction, TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { Time } from '../time/time.tsx'
import { shortDigest, sizeText, systemText } from './words.ts'

const columns: readonly TableColumn<ImageTag>[] = [
  { id: 'tag', label: 'Tag', cell: (row) => <Name tag={row} /> },
  { id: 'os', label: 'Operating system', cell: systemText },
  { id: 'size', label: 'Size', align: 'end', cell: (row) => sizeText(row.size) },
  {
    id: 'digest',
    label: 'Digest',
    choice: 'shown',
    cell: (row) => (
      <Text span ff="monospace" size="sm" title={row.latest_hash}>
        {shortDigest(row.latest_hash)}
      </Text>
    ),
  },
  {
    id: 'moved',
    label: 'Moved',
    choice: 'shown',
    cell: (row) => <Time value={row.hash_last_updated_at} />,
  },
  {
    id: 'checked',
    label: 'Looked up',
    choice: 'shown',
    cell: (row) => <Time value={row.checked_at} />,
  },
]

/** The tags of an image, and what may be done to each. */
export function TagsTable({ image }: { image: Image }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const [deleted, setDeleted] = useState<ImageTag>()
  const tags = useQuery({
    queryKey: ['images', image.id, 'tags'],
    queryFn: async ({ signal }) => ({
      items: await client.imageTags.list({ params: { image: image.id }, signal }),
    }),
  })
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['images'] })

  async function act(done: string, action: () => Promise<unknown>) {
    try {
      await action()
      notifyDone(done)
    } catch (error) {
      notifyFailed('The tag is as it was', error)
    }
    await refresh()
  }

  function actionsOf(row: ImageTag): readonly RowAction[] {
    const params = { image: image.id, tag: row.tag }
    const set = (decommissioned: boolean) =>
      client.imageTags.update({ params, body: { decommissioned } })
    const offered = [
      {
        right: 'make_default',
        label: 'Make default',
        Icon: Star,
        onSelect: () =>
          void act(`${row.tag} is the default tag now.`, () =>
            client.images.update({ params: { image: image.id }, body: { default_tag: row.tag } }),
          ),
      },
      {
        right: 'decommission',
        label: 'Decommission',
        Icon: Archive,
        onSelect: () => void act(`${row.tag} is decommissioned.`, () => set(true)),
      },
      {
        right: 'recommission',
        label: 'Recommission',
        Icon: ArchiveRestore,
        onSelect: () => void act(`${row.tag} is in use again.`, () => set(false)),
      },
      {
        right: 'delete',
        label: 'Delete',
        Icon: Trash2,
        onSelect: () => {
          setDeleted(row)
        },
      },
    ]
    return offered.flatMap(({ right, label, Icon, onSelect }) => {
      const refused = row.cannot[right]
      if (row.can[right] !== true && refused === undefined) return []
      const icon = <Icon size={16} aria-hidden="true" />
      return { label, icon, danger: right === 'delete', refused, onSelect }
    })
  }

  const rows = tags.data?.items ?? []
  return (
    <>
      <DataTable<ImageTag>
        label="Tags"
        storageKey="image-tags"
        columns={columns}
        result={tags}
        rowId={(row) => row.tag}
        rowName={(row) => row.tag}
        {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
        empty={{ title: 'There is no tag', text: 'Add one to make workspaces from the image.' }}
      />
      <ConfirmDialog
        opened={deleted !== undefined}
        onClose={() => {
          setDeleted(undefined)
        }}
        title={deleted === undefined ? '' : `Delete the tag ${deleted.tag}?`}
        confirmLabel="Delete tag"
        danger
        onConfirm={async () => {
          if (deleted === undefined) return
          const params = { image: image.id, tag: deleted.tag }
          await client.imageTags.remove({ params })
          notifyDone(`The tag ${deleted.tag} is deleted.`)
          await refresh()
        }}
      >
        <Text>It is forgotten here. The registry keeps it, and it can be added again.</Text>
      </ConfirmDialog>
    </>
  )
}

function Name({ tag }: { tag: ImageTag }) {
  return (
    <>
      <Group gap={8} wrap="nowrap">
        <Text span ff="monospace" fw={550}>
          {tag.tag}
        </Text>
        {tag.default && <Badge>Default</Badge>}
        {tag.decommissioned && <Badge color="orange">Decommissioned</Badge>}
      </Group>
      {tag.failure !== null && (
        <Text size="xs" c="var(--at-bad)">
          The last look-up failed: {tag.failure}
        </Text>
      )}
    </>
  )
}
