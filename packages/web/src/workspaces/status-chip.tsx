import { Badge, Loader } from '@mantine/core'
import { CircleAlert, CircleCheck, CirclePower } from 'lucide-react'
import { type Status, statusWords } from './words.ts'

const icons: Partial<Record<Status, typeof CirclePower>> = {
  running: CircleCheck,
  failed: CircleAlert,
  off: CirclePower,
}

/** The state of a workspace: a word and a sign, since a colour alone tells not everybody. */
export function StatusChip({ status, size = 'md' }: { status: Status; size?: 'md' | 'lg' }) {
  const { label, color, moves } = statusWords[status]
  const Icon = icons[status]
  return (
    <Badge
      color={color}
      size={size}
      leftSection={
        moves === true ? (
          <Loader size={10} color="currentColor" aria-hidden="true" />
        ) : (
          Icon !== undefined && <Icon size={13} aria-hidden="true" />
        )
      }
    >
      {label}
    </Badge>
  )
}
