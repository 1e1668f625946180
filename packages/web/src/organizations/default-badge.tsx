import { Badge } from '@mantine/core'
import { Star } from 'lucide-react'

/** Marks an organization that new users join by themselves. */
export function DefaultBadge() {
  return (
    <Badge
      color="yellow"
      leftSection={<Star size={12} fill="currentColor" aria-hidden="true" />}
      className="default-badge"
    >
      Default
    </Badge>
  )
}
