import { Badge } from '@mantine/core'
import { roleLabel } from './words.ts'

/** A role's name as a chip. It informs; nothing is ever decided by it. */
export function RoleBadge({ role }: { role: string }) {
  return (
    <Badge color="gray" className="role-badge" variant="default">
      {roleLabel(role)}
    </Badge>
  )
}
