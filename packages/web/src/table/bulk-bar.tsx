import { Button, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** How many rows are selected, and what can be done to all of them. */
export function BulkBar({
  count,
  onClear,
  children,
}: {
  count: number
  onClear: () => void
  children: ReactNode
}) {
  return (
    <div className="bulk-bar" role="group" aria-label="Selected rows">
      <Text fw={550} role="status">
        {count} selected
      </Text>
      <Group gap="xs">{children}</Group>
      <Button variant="subtle" color="gray" onClick={onClear} className="bulk-bar-clear">
        Clear selection
      </Button>
    </div>
  )
}
