import { Text, Tooltip } from '@mantine/core'
import { useNow } from './clock.ts'
import { exactTime, relativeTime } from './relative.ts'

/** A moment as people say it, and exactly on hover, focus and for machines. */
export function Time({ value, never = 'Never' }: { value: string | null; never?: string }) {
  const now = useNow(value)
  if (value === null) {
    return (
      <Text span inherit c="dimmed">
        {never}
      </Text>
    )
  }
  const moment = new Date(value)
  return (
    <Tooltip label={exactTime(moment)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={value} style={{ whiteSpace: 'nowrap' }}>
        {relativeTime(moment, now)}
      </time>
    </Tooltip>
  )
}

/** A moment written out, for logs and details where minutes matter. */
export function ExactTime({ value }: { value: string }) {
  return <time dateTime={value}>{exactTime(new Date(value))}</time>
}
