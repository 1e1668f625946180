import type { WorkspaceProvider } from '@atelier/api'
import { Badge, Group, Text } from '@mantine/core'
import type { TableColumn } from '../table/column.ts'
import { Time } from '../time/time.tsx'
import { ProviderStatus } from './status.tsx'
import { capacityText, organizationsText, placeText } from './words.ts'

/** The columns for who manages providers, or for who may only use them. */
export function providerColumns(
  manages: boolean,
  names: ReadonlyMap<string, string>,
): readonly TableColumn<WorkspaceProvider>[] {
  const columns: readonly TableColumn<WorkspaceProvider>[] = [
    { id: 'name', label: 'Name', cell: (row) => <Name provider={row} /> },
    { id: 'status', label: 'Status', cell: (row) => <ProviderStatus provider={row} /> },
    {
      id: 'organizations',
      label: 'Organizations',
      choice: 'shown',
      cell: (row) => organizationsText(row, names),
    },
  ]
  if (!manages) return columns
  return [
    ...columns,
    { id: 'version', label: 'Version', choice: 'shown', cell: (row) => row.status_version || '–' },
    { id: 'capacity', label: 'Capacity', choice: 'shown', cell: capacityText },
    {
      id: 'workspaces',
      label: 'Workspaces',
      align: 'end',
      cell: (row) => <span className="at-number">{row.workspace_count ?? '–'}</span>,
    },
    {
      id: 'checked_at',
      label: 'Checked',
      choice: 'hidden',
      cell: (row) => <Time value={row.checked_at} />,
    },
  ]
}

function Name({ provider }: { provider: WorkspaceProvider }) {
  return (
    <>
      <Group gap={8} wrap="nowrap">
        <Text span fw={550}>
          {provider.name}
        </Text>
        {provider.built_in && <Badge>Built-in</Badge>}
      </Group>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {placeText(provider)}
      </Text>
    </>
  )
}
