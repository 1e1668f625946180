import type { DevUrl, Workspace } from '@atelier/api'
import { ActionIcon, Anchor, Button, Text, Tooltip } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Copy, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { copyText } from '../forms/copy.ts'
import { useClient } from '../session/client.tsx'
import { announce } from '../shell/announce.tsx'
import { notifyDone } from '../shell/notify.ts'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { RowMenu } from '../table/row-menu.tsx'
import { DevUrlDialog } from './dev-url-dialog.tsx'
import './dev-urls.css'
import { accessText, shownAddress } from './words.ts'

/** The addresses of a workspace's ports, as far as the reader may see them. */
export function DevUrlsCard({ workspace }: { workspace: Workspace }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const [edited, setEdited] = useState<DevUrl | 'new'>()
  const [deleted, setDeleted] = useState<DevUrl>()
  const devUrls = useQuery({
    queryKey: ['workspaces', workspace.id, 'dev-urls'],
    queryFn: ({ signal }) => client.devUrls.list({ params: { workspace: workspace.id }, signal }),
  })
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['workspaces', workspace.id] })
  const shares = workspace.can['share'] === true
  return (
    <>
      <Section
        title="Dev URLs"
        actions={
          shares && (
            <Button
              size="compact-md"
              variant="default"
              leftSection={<Plus size={16} aria-hidden="true" />}
              onClick={() => {
                setEdited('new')
              }}
            >
              Add port
            </Button>
          )
        }
      >
        <QueryView query={devUrls}>
          {(list) =>
            list.length === 0 ? (
              <Text c="dimmed" size="sm">
                {shares
                  ? 'Give a port an address, and open what listens there in the browser.'
                  : 'None is shared with you.'}
              </Text>
            ) : (
              <ul className="dev-urls">
                {list.map((devUrl) => (
                  <Row
                    key={devUrl.id}
                    devUrl={devUrl}
                    onEdit={() => {
                      setEdited(devUrl)
                    }}
                    onDelete={() => {
                      setDeleted(devUrl)
                    }}
                  />
                ))}
              </ul>
            )
          }
        </QueryView>
      </Section>
      <DevUrlDialog
        workspace={workspace}
        devUrl={edited}
        onClose={() => {
          setEdited(undefined)
        }}
        onSaved={() => void refresh()}
      />
      <ConfirmDialog
        opened={deleted !== undefined}
        onClose={() => {
          setDeleted(undefined)
        }}
        title={deleted === undefined ? '' : `Delete the dev URL of port ${String(deleted.port)}?`}
        confirmLabel="Delete dev URL"
        danger
        onConfirm={async () => {
          if (deleted === undefined) return
          const params = { workspace: workspace.id, devUrl: deleted.id }
          await client.devUrls.remove({ params, body: null })
          notifyDone(`The dev URL of port ${String(deleted.port)} is deleted.`)
          await refresh()
        }}
      >
        <Text>
          Whoever has it open is cut off, and the address leads nowhere. What listens on the port
          goes on.
        </Text>
      </ConfirmDialog>
    </>
  )
}

function Row({
  devUrl,
  onEdit,
  onDelete,
}: {
  devUrl: DevUrl
  onEdit: () => void
  onDelete: () => void
}) {
  const { url, port, scheme, can } = devUrl
  const label = url === '' ? `Port ${String(port)}` : shownAddress(url)
  const actions = [
    ...(can['update'] === true
      ? [
          {
            label: 'Change…',
            icon: <Pencil size={16} aria-hidden="true" />,
            onSelect: onEdit,
          },
        ]
      : []),
    ...(can['delete'] === true
      ? [
          {
            label: 'Delete…',
            icon: <Trash2 size={16} aria-hidden="true" />,
            danger: true,
            onSelect: onDelete,
          },
        ]
      : []),
  ]
  return (
    <li className="dev-url">
      <div className="dev-url-words">
        {url === '' ? (
          <Text fw={550}>{label}</Text>
        ) : (
          <Anchor href={url} target="_blank" rel="noopener noreferrer" ff="monospace" size="sm">
            {label}
          </Anchor>
        )}
        <Text size="sm" c="dimmed">
          {`Port ${String(port)}${scheme === 'https' ? ' (https)' : ''} · ${accessText(devUrl)}`}
        </Text>
        {url === '' && (
          <Text size="sm" c="dimmed">
            It has no address yet: an administrator sets where dev URLs are.
          </Text>
        )}
      </div>
      {url !== '' && <CopyAddress url={url} />}
      <RowMenu name={label} actions={actions} />
    </li>
  )
}

function CopyAddress({ url }: { url: string }) {
  const [copied, setCopied] = useState(false)
  const label = copied ? 'Copied' : 'Copy the address'
  async function copy() {
    const done = await copyText(url)
    setCopied(done)
    announce(done ? 'Copied' : 'Copying failed. Copy the link by hand.')
  }
  return (
    <Tooltip label={label}>
      <ActionIcon
        size="md"
        aria-label={`Copy ${shownAddress(url)}`}
        onClick={() => void copy()}
        onBlur={() => {
          setCopied(false)
        }}
      >
        {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      </ActionIcon>
    </Tooltip>
  )
}
