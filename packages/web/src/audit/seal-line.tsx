import { Code, Popover, Skeleton, Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ShieldAlert, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import { CopyButton } from '../forms/copy-button.tsx'
import { useClient } from '../session/client.tsx'
import { useNow } from '../time/clock.ts'
import { Time } from '../time/time.tsx'

/** Sealing takes a moment; only what waits for longer deserves a word. */
const patienceMilliseconds = 60_000

/** How far the log is sealed against changes, and how to prove it. */
export function SealLine() {
  const client = useClient()
  const now = useNow()
  const { data: status } = useQuery({
    queryKey: ['audit', 'status'],
    queryFn: ({ signal }) => client.audit.status({ signal }),
    refetchInterval: 15_000,
  })
  if (status === undefined) return <Skeleton height={20} width="18rem" aria-hidden="true" />

  const { sealed, unsealed, unsealed_since: since, head, head_time: time } = status
  const late = since !== null && now.getTime() - Date.parse(since) > patienceMilliseconds
  const Icon = late ? ShieldAlert : unsealed > 0 ? ShieldEllipsis : ShieldCheck
  return (
    <div className="audit-status" data-late={late || undefined}>
      <span className="audit-status-text">
        <Icon size={16} aria-hidden="true" />
        <span>
          {unsealed === 0
            ? `All ${count(sealed)} ${entries(sealed)} sealed.`
            : `${count(sealed)} ${entries(sealed)} sealed, ${count(unsealed)} not yet.`}
          {late && (
            <>
              {' '}
              The oldest has waited since <Time value={since} />: a long transaction of the database
              holds the sealer up, or its log says why it fails.
            </>
          )}
        </span>
      </span>
      {head !== null && (
        <Popover width={340} shadow="md" radius="md" position="bottom-start" trapFocus returnFocus>
          <Popover.Target>
            <UnstyledButton className="audit-head">
              Head <code>{head.slice(0, 8)}</code>
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown aria-label="The seal of the audit log">
            <Text size="sm">
              Every sealed entry carries a keyed hash of itself and of all before it. On the server,
              this recomputes them and names the first entry that was changed, removed or added
              afterwards:
            </Text>
            <Code block my="xs">
              atelier-server audit verify
            </Code>
            <Text size="sm">
              Keep the head somewhere else. With <Code className="audit-option">--head</Code> and
              this hash, the command also proves that nothing was cut off the end since{' '}
              <Time value={time} />.
            </Text>
            <Code block my="xs" className="audit-head-hash">
              {head}
            </Code>
            <CopyButton text={head} label="Copy head" size="xs" data-autofocus />
          </Popover.Dropdown>
        </Popover>
      )}
    </div>
  )
}

function count(number: number): string {
  return number.toLocaleString('en')
}

function entries(number: number): string {
  return number === 1 ? 'entry is' : 'entries are'
}
