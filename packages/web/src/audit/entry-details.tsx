import type { AuditEntry } from '@atelier/api'
import { Alert, Text } from '@mantine/core'
import { Ban, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from '../forms/copy-button.tsx'
import { AnchorLink } from '../navigation/links.tsx'
import { markSentence } from '../roles/sentences.ts'
import { ExactTime } from '../time/time.tsx'
import { DiffView } from './diff-view.tsx'
import { actorName, resourceTypes } from './words.ts'

/** Everything that is recorded of one entry. */
export function EntryDetails({ entry, links }: { entry: AuditEntry; links?: ReactNode }) {
  const { refusal } = entry
  return (
    <div className="audit-entry">
      <div className="audit-details">
        <div className="audit-details-main">
          {refusal !== null && (
            <Alert
              color={entry.outcome === 'denied' ? 'orange' : 'red'}
              icon={<Ban aria-hidden="true" />}
              title={entry.outcome === 'denied' ? 'Refused' : 'Failed'}
            >
              {refusal.message}{' '}
              <Text span size="xs" c="dimmed">
                (<code>{refusal.code}</code>)
              </Text>
            </Alert>
          )}
          {(refusal === null || Object.keys(entry.diff).length > 0) && (
            <DiffView diff={entry.diff} />
          )}
          {links !== undefined && <div className="audit-links">{links}</div>}
        </div>
        <Facts entry={entry} />
      </div>
    </div>
  )
}

function Facts({ entry }: { entry: AuditEntry }) {
  const { user } = entry
  return (
    <dl className="audit-facts">
      <Fact name="Time">
        <ExactTime value={entry.time} />
      </Fact>
      <Fact name="User">
        {user === null ? (
          actorName(entry)
        ) : (
          <>
            <AnchorLink to="/users/$user" params={{ user: user.id }} inherit>
              {user.username}
            </AnchorLink>
            {user.email !== '' && <Faint>{user.email}</Faint>}
          </>
        )}
      </Fact>
      {entry.api_key_id !== null && (
        <Fact name="API key">
          <code>{entry.api_key_id}</code>
        </Fact>
      )}
      <Fact name="Target">
        {entry.target === '' ? '–' : entry.target}
        <Faint>
          {resourceTypes[entry.resource_type]}
          {!['', '*', entry.target].includes(entry.resource_id) && (
            <>
              {' '}
              <code>{entry.resource_id}</code>
            </>
          )}
        </Faint>
      </Fact>
      {entry.allowed_by !== null && (
        <Fact name="Allowed by">
          <AllowedBy mark={entry.allowed_by} />
        </Fact>
      )}
      <Fact name="From">
        {entry.ip === '' ? 'The server itself' : entry.ip}
        {entry.user_agent !== '' && <Faint>{entry.user_agent}</Faint>}
      </Fact>
      <Fact name="Request">
        <code>{entry.request_id}</code>
      </Fact>
      <Fact name="Seal">
        <Seal entry={entry} />
      </Fact>
    </dl>
  )
}

/** The mark of the role tables as it is recorded, and what it means. */
function AllowedBy({ mark: text }: { mark: string }) {
  const [, role, resource, mark] = /^([\w-]+): (\w+) (C|L|[RUD][ao])$/.exec(text) ?? []
  if (role === undefined || resource === undefined || mark === undefined) return text
  return (
    <>
      <code>{text}</code>
      <Faint>{markSentence(role, resource, mark as 'C' | 'L')}</Faint>
    </>
  )
}

function Seal({ entry: { sequence, hash } }: { entry: AuditEntry }) {
  if (sequence === null || hash === null) {
    return (
      <span className="audit-seal">
        <ShieldEllipsis size={15} aria-hidden="true" /> Not yet sealed
      </span>
    )
  }
  return (
    <>
      <span className="audit-seal" data-sealed>
        <ShieldCheck size={15} aria-hidden="true" /> Sealed as number{' '}
        {sequence.toLocaleString('en')}
      </span>
      <span className="audit-hash">
        <code title={hash}>{hash}</code>
        <CopyButton text={hash} label="Copy hash" size="compact-xs" />
      </span>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Faint({ children }: { children: ReactNode }) {
  return (
    <Text size="xs" c="dimmed">
      {children}
    </Text>
  )
}
