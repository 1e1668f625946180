import type { ApiKey } from '@atelier/api'
import { Badge, Popover, Text, UnstyledButton } from '@mantine/core'
import type { TableColumn } from '../table/column.ts'
import { useNow } from '../time/clock.ts'
import { Time } from '../time/time.tsx'
import './columns.css'
import { urgencyOf } from './expiry.ts'
import { describeScopes } from './scopes.ts'

/** What a list of keys shows of each, in a list of one's own or of everybody's; no secret anywhere. */
export function keyColumns(whose: 'own' | 'all'): readonly TableColumn<ApiKey>[] {
  const sort = (name: string) => (whose === 'all' ? { sort: name } : {})
  const choice = whose === 'all' ? ({ choice: 'shown' } as const) : {}
  return [
    { id: 'name', label: 'Name', cell: (row) => <KeyName row={row} />, ...sort('name') },
    {
      id: 'scopes',
      label: 'May do',
      cell: (row) => <Scopes row={row} own={whose === 'own'} />,
      ...choice,
    },
    { id: 'expires_at', label: 'Expires', cell: (row) => <Expiry row={row} />, ...choice },
    {
      id: 'last_used',
      label: 'Last used',
      ...choice,
      descendingFirst: true,
      cell: (row) => <Time value={row.last_used} />,
      ...sort('last_used'),
    },
    {
      id: 'created_at',
      label: 'Created',
      ...choice,
      descendingFirst: true,
      cell: (row) => <Time value={row.created_at} />,
      ...sort('created_at'),
    },
  ]
}

function KeyName({ row }: { row: ApiKey }) {
  return (
    <span className="key-name">
      <Text span fw={550} className="key-name-text">
        {row.name}
        {row.application && (
          <Badge color="gray" size="sm" ml={6}>
            Application
          </Badge>
        )}
      </Text>
      <Text span size="xs" c="dimmed" ff="monospace">
        {row.id}
      </Text>
    </span>
  )
}

function Scopes({ row, own }: { row: ApiKey; own: boolean }) {
  if (row.scopes === null) {
    return (
      <Text span inherit style={{ whiteSpace: 'nowrap' }}>
        {own ? 'Everything you may do' : 'Everything its owner may'}
      </Text>
    )
  }
  const lines = describeScopes(row.scopes)
  return (
    <span className="key-scopes">
      {lines[0] ?? 'Nothing'}
      {lines.length > 1 && (
        <Popover position="bottom-start" shadow="md" radius="md" trapFocus returnFocus>
          <Popover.Target>
            <UnstyledButton className="key-scopes-more">+{lines.length - 1} more</UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown aria-label={`Scopes of ${row.name}`}>
            <ul className="key-scopes-list" tabIndex={-1} data-autofocus>
              {lines.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </span>
  )
}

function Expiry({ row }: { row: ApiKey }) {
  const urgency = urgencyOf(row.expires_at, useNow())
  if (urgency === 'expired') {
    return (
      <Badge color="red">
        Expired <Time value={row.expires_at} />
      </Badge>
    )
  }
  return (
    <span className="key-expiry" data-urgency={urgency}>
      <Time value={row.expires_at} />
      {row.expires_by === 'site' && (
        <Text span size="xs" c="dimmed">
          the site’s limit
        </Text>
      )}
    </span>
  )
}
