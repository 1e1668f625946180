import type { AuditEntry, User } from '@atelier/api'
import { Badge, Skeleton, Stack, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { changeSummary } from '../audit/change-summary.ts'
import { AnchorLink } from '../navigation/links.tsx'
import { words } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'

type Side = 'about' | 'by'

/** The latest audit entries about a person, and by them. */
export function ActivitySection({ user }: { user: User }) {
  const [side, setSide] = useState<Side>('about')
  return (
    <Section
      title="Recent activity"
      actions={
        <AnchorLink to="/audit" search={filterOf(user, side) as object} size="sm">
          All of it in the audit log
        </AnchorLink>
      }
    >
      <Tabs
        value={side}
        onChange={(next) => {
          setSide(next === 'by' ? 'by' : 'about')
        }}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="about">About {user.name}</Tabs.Tab>
          <Tabs.Tab value="by">By {user.name}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="about">
          <Entries user={user} side="about" />
        </Tabs.Panel>
        <Tabs.Panel value="by">
          <Entries user={user} side="by" />
        </Tabs.Panel>
      </Tabs>
    </Section>
  )
}

function filterOf(user: User, side: Side) {
  return side === 'about' ? { resource_id: user.id } : { user: user.id }
}

function Entries({ user, side }: { user: User; side: Side }) {
  const client = useClient()
  const entries = useQuery({
    queryKey: ['audit', 'list', { side, user: user.id, limit: 8 }],
    queryFn: ({ signal }) =>
      client.audit.list({ query: { ...filterOf(user, side), limit: 8 }, signal }),
  })
  return (
    <QueryView
      query={entries}
      loading={
        <Stack gap="sm" role="status" aria-label="Loading">
          <Skeleton height={18} />
          <Skeleton height={18} />
          <Skeleton height={18} />
        </Stack>
      }
    >
      {({ items }) =>
        items.length === 0 ? (
          <Text c="dimmed">Nothing is recorded yet.</Text>
        ) : (
          <ul className="activity">
            {items.map((entry) => (
              <Entry key={entry.id} entry={entry} side={side} />
            ))}
          </ul>
        )
      }
    </QueryView>
  )
}

function Entry({ entry, side }: { entry: AuditEntry; side: Side }) {
  const summary = changeSummary(entry)
  const aboutSelf =
    ['login', 'logout'].includes(entry.action) && entry.user?.id === entry.resource_id
  return (
    <li className="activity-entry">
      <span className="activity-time">
        <Time value={entry.time} />
      </span>
      <span className="activity-text">
        {side === 'about' && <strong>{entry.user?.username ?? 'Somebody'} </strong>}
        {verbs[entry.action] ?? words(entry.action)}
        {!aboutSelf && (
          <>
            {' '}
            {words(entry.resource_type).toLowerCase()} <strong>{entry.target}</strong>
          </>
        )}
        {summary !== '' && <span className="activity-changes">{summary}</span>}
      </span>
      {entry.outcome !== 'success' && (
        <Badge color={entry.outcome === 'denied' ? 'orange' : 'red'}>{words(entry.outcome)}</Badge>
      )}
    </li>
  )
}

/** What an action of the audit log is called once it is done. */
const verbs: Readonly<Record<string, string>> = {
  create: 'created',
  write: 'changed',
  delete: 'deleted',
  enqueue: 'began to delete',
  login: 'signed in',
  logout: 'signed out',
  view: 'looked at',
  open: 'opened',
  stop: 'stopped',
}
