import type { Workspace } from '@atelier/api'
import { Text } from '@mantine/core'
import { Play, SquareTerminal } from 'lucide-react'
import { Button } from '@mantine/core'
import { AnchorLink, ButtonLink } from '../navigation/links.tsx'
import type { TableColumn } from '../table/column.ts'
import { Time } from '../time/time.tsx'
import { useWorkspaceCommand } from './commands.ts'
import { StatusChip } from './status-chip.tsx'
import { lastUsed, sizesText } from './words.ts'

type Column = TableColumn<Workspace>

/** The columns of one's own workspaces, or of all, which name their owners. */
export function columnsFor(shown: { all: boolean; organizations: boolean }): readonly Column[] {
  const owner: Column = {
    id: 'owner',
    label: 'Owner',
    choice: 'shown',
    cell: ({ owner: { name, username } }) => (
      <>
        {name}
        <Text size="xs" c="dimmed">
          {username}
        </Text>
      </>
    ),
  }
  const organization: Column = {
    id: 'organization',
    label: 'Organization',
    choice: 'shown',
    cell: (row) => row.organization.name,
  }
  return [
    { id: 'name', label: 'Workspace', cell: (row) => <Name workspace={row} /> },
    { id: 'status', label: 'Status', cell: (row) => <Status workspace={row} /> },
    ...(shown.all ? [owner] : []),
    { id: 'image', label: 'Image', choice: 'shown', cell: (row) => <ImageName workspace={row} /> },
    ...(shown.organizations ? [organization] : []),
    { id: 'sizes', label: 'Size', choice: shown.all ? 'hidden' : 'shown', cell: sizesText },
    {
      id: 'last_used',
      label: 'Last used',
      choice: 'shown',
      cell: (row) => <Time value={lastUsed(row)} />,
    },
    { id: 'provider', label: 'Provider', choice: 'hidden', cell: (row) => row.provider.name },
    {
      id: 'created_at',
      label: 'Created',
      choice: 'hidden',
      cell: (row) => <Time value={row.created_at} />,
    },
    {
      id: 'go',
      label: 'Work',
      align: 'end',
      width: '8.5rem',
      cell: (row) => <MainAction workspace={row} />,
    },
  ]
}

function Name({ workspace }: { workspace: Workspace }) {
  return (
    <AnchorLink
      to="/workspaces/$workspace"
      params={{ workspace: workspace.id }}
      fw={600}
      className="workspaces-name"
    >
      {workspace.name}
    </AnchorLink>
  )
}

function Status({ workspace }: { workspace: Workspace }) {
  const rebuild = workspace.rebuild_messages.length > 0
  return (
    <>
      <StatusChip status={workspace.status} />
      {rebuild && (
        <Text size="xs" c="dimmed">
          Rebuild suggested
        </Text>
      )}
    </>
  )
}

function ImageName({ workspace }: { workspace: Workspace }) {
  return (
    <Text span ff="monospace" size="xs" className="workspaces-image">
      {workspace.image.repository}:{workspace.image_tag}
    </Text>
  )
}

/** What most people came for: the terminal of a workspace that runs, the start of one that does not. */
function MainAction({ workspace }: { workspace: Workspace }) {
  const { mutate, isPending } = useWorkspaceCommand()
  const { can, status, name } = workspace
  if (can['open'] === true && status === 'running') {
    return (
      <ButtonLink
        to="/workspaces/$workspace"
        params={{ workspace: workspace.id }}
        search={{ tab: 'terminal' }}
        size="xs"
        variant="light"
        leftSection={<SquareTerminal size={14} aria-hidden="true" />}
        aria-label={`Terminal of ${name}`}
      >
        Terminal
      </ButtonLink>
    )
  }
  if (can['start'] === true && (status === 'off' || status === 'failed')) {
    return (
      <Button
        size="xs"
        variant="default"
        loading={isPending}
        leftSection={<Play size={14} aria-hidden="true" />}
        aria-label={`Start ${name}`}
        onClick={() => {
          mutate({ command: 'start', workspace })
        }}
      >
        Start
      </Button>
    )
  }
  return null
}
