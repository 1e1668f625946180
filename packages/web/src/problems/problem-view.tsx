import { ApiError } from '@atelier/api'
import { Button, Group, Text, ThemeIcon } from '@mantine/core'
import { CircleAlert, Compass, LockKeyhole } from 'lucide-react'
import type { ReactNode } from 'react'
import { AnchorLink, ButtonLink } from '../navigation/links.tsx'
import { MissingPermission } from './missing-permission.tsx'
import { problemText, requestIdOf } from './problem-text.ts'
import './problem-view.css'

/**
 * Fills the place of content that could not be read: says why, and what to do next. Put a page
 * header with its `h1` above it; whole pages use `ProblemPage`.
 */
export function ProblemView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const status = error instanceof ApiError ? error.status : undefined
  if (status === 403) return <Refused error={error as ApiError} />
  if (status === 404) {
    return (
      <Notice icon={<Compass />} title="There is nothing here that you may see">
        <Text>
          It may have been deleted or renamed, or your role does not show it to you. Go back, or
          start again from the home page.
        </Text>
        <ButtonLink to="/" variant="default">
          Go to the home page
        </ButtonLink>
      </Notice>
    )
  }
  return (
    <Notice icon={<CircleAlert />} title="This could not be loaded" tone="bad">
      <Text>{problemText(error)}</Text>
      <Group gap="sm">
        {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
        <RequestId error={error} />
      </Group>
    </Notice>
  )
}

function Refused({ error }: { error: ApiError }) {
  return (
    <Notice icon={<LockKeyhole />} title="You may not see this">
      <Text>{error.message}</Text>
      {error.missing !== undefined && <MissingPermission missing={error.missing} />}
      <Text c="dimmed">
        {adviceFor(error.missing?.roles)} The{' '}
        <AnchorLink to="/roles" underline="always">
          role tables
        </AnchorLink>{' '}
        show what each role may do.
      </Text>
      <RequestId error={error} />
    </Notice>
  )
}

/** Whom to ask: a role can be given, save that of the site admin. */
function adviceFor(roles: readonly string[] | undefined): string {
  return roles?.length === 1 && roles[0] === 'site-admin'
    ? 'If you need it for your work, ask the site admin to do it for you.'
    : 'If you need it for your work, ask a site manager to change your role.'
}

/** A framed message with an icon, a heading and what to do next. */
export function Notice({
  icon,
  title,
  tone,
  children,
}: {
  icon: ReactNode
  title: string
  tone?: 'bad'
  children?: ReactNode
}) {
  return (
    <div className="problem-notice" role={tone === 'bad' ? 'alert' : undefined}>
      <ThemeIcon variant="light" color={tone === 'bad' ? 'red' : 'gray'} size="xl" radius="md">
        {icon}
      </ThemeIcon>
      <div className="problem-notice-body">
        <h2 className="problem-notice-title">{title}</h2>
        {children}
      </div>
    </div>
  )
}

function RequestId({ error }: { error: unknown }) {
  const id = requestIdOf(error)
  if (id === undefined) return null
  return (
    <Text size="xs" c="dimmed">
      Request <code>{id}</code>
    </Text>
  )
}
