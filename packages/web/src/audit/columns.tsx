import type { AuditEntry } from '@atelier/api'
import { Badge, Text } from '@mantine/core'
import { KeyRound, Server, UserRoundX } from 'lucide-react'
import type { TableColumn } from '../table/column.ts'
import { Time } from '../time/time.tsx'
import { PersonAvatar } from '../users/person.tsx'
import { changeSummary } from './change-summary.ts'
import { actions, actorName, outcomes, resourceTypes } from './words.ts'

/** What the list shows of an entry; the rest is one key press away. */
export const auditColumns: readonly TableColumn<AuditEntry>[] = [
  { id: 'user', label: 'User', cell: (row) => <Actor entry={row} /> },
  { id: 'action', label: 'Action', cell: (row) => <Action action={row.action} /> },
  {
    id: 'target',
    label: 'Target',
    cell: (row) => (
      <span className="audit-two-lines">
        <Text span fw={550} className="audit-name" title={row.target}>
          {row.target === '' ? '–' : row.target}
        </Text>
        <Text span size="xs" c="dimmed">
          {resourceTypes[row.resource_type]}
        </Text>
      </span>
    ),
  },
  { id: 'change', label: 'What', cell: (row) => <What entry={row} /> },
  { id: 'time', label: 'Time', cell: (row) => <Time value={row.time} /> },
  { id: 'outcome', label: 'Outcome', cell: (row) => <OutcomeBadge outcome={row.outcome} /> },
]

function Actor({ entry }: { entry: AuditEntry }) {
  const { user, ip, api_key_id: key } = entry
  const Nobody = ip === '' ? Server : UserRoundX
  return (
    <span className="person audit-actor">
      {user === null ? (
        <span className="audit-nobody" aria-hidden="true">
          <Nobody size={15} />
        </span>
      ) : (
        <PersonAvatar person={{ name: user.username, username: user.username }} />
      )}
      <span className="audit-two-lines">
        <Text span fw={550} className="audit-name">
          {actorName(entry)}
        </Text>
        <Text span size="xs" c="dimmed" className="audit-name">
          {ip === '' ? 'Server command' : ip}
          {key !== null && (
            <>
              {' · '}
              <KeyRound size={11} aria-hidden="true" /> API key
            </>
          )}
        </Text>
      </span>
    </span>
  )
}

/** The changed fields or the reason of a refusal, as far as one line goes; the details have it all. */
function What({ entry }: { entry: AuditEntry }) {
  const summary = changeSummary(entry)
  return (
    <Text span size="sm" c="dimmed" className="audit-what" title={summary}>
      {summary}
    </Text>
  )
}

/** An action as icon and word. */
function Action({ action }: { action: AuditEntry['action'] }) {
  const { label, icon: Icon } = actions[action]
  return (
    <span className="audit-action" data-action={action}>
      <Icon size={15} aria-hidden="true" />
      {label}
    </span>
  )
}

/** How an attempt ended, as a chip. */
export function OutcomeBadge({ outcome }: { outcome: AuditEntry['outcome'] }) {
  const { label, color } = outcomes[outcome]
  return <Badge color={color}>{label}</Badge>
}
