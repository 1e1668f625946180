import { Button } from '@mantine/core'
import { type BulkAction, useOpenDialog } from './dialogs.ts'
import type { AnyUser } from './queries.ts'

const buttons: readonly (readonly [BulkAction, string])[] = [
  ['role', 'Change role…'],
  ['suspend', 'Suspend…'],
  ['reactivate', 'Reactivate…'],
]

/** What can be done to the selected users. */
export function BulkButtons({ users, clear }: { users: readonly AnyUser[]; clear: () => void }) {
  const open = useOpenDialog()
  return buttons.map(([action, label]) => (
    <Button
      key={action}
      variant="default"
      onClick={() => {
        open({ kind: 'bulk', action, users, clear })
      }}
    >
      {label}
    </Button>
  ))
}
