import { Crown, KeyRound, LogOut, Trash2, UserCheck, UserRound, UserX } from 'lucide-react'
import type { RowAction } from '../table/column.ts'
import type { UserDialog } from './dialogs.ts'
import { type AnyUser, fullRecord } from './queries.ts'

type Kind = 'transfer' | 'reset-password' | 'sign-out' | 'suspend' | 'reactivate' | 'delete'

const actions: readonly {
  readonly kind: Kind
  /** Its name in `can` and `cannot`. */
  readonly right: string
  readonly label: string
  readonly icon: typeof UserX
  readonly danger?: boolean
}[] = [
  { kind: 'reset-password', right: 'reset_password', label: 'Reset password…', icon: KeyRound },
  { kind: 'sign-out', right: 'sign_out', label: 'Sign out everywhere…', icon: LogOut },
  { kind: 'transfer', right: 'transfer', label: 'Make site admin…', icon: Crown },
  { kind: 'reactivate', right: 'reactivate', label: 'Reactivate…', icon: UserCheck },
  { kind: 'suspend', right: 'suspend', label: 'Suspend…', icon: UserX, danger: true },
  { kind: 'delete', right: 'delete', label: 'Delete…', icon: Trash2, danger: true },
]

/** What can be done to an account: what its `can` allows, and what its `cannot` gives a reason for. */
export function accountActions(
  user: AnyUser,
  open: (dialog: UserDialog) => void,
): readonly RowAction[] {
  const suspended = fullRecord(user)?.status === 'suspended'
  return actions.flatMap(({ kind, right, label, icon: Icon, danger = false }) => {
    const refused = user.cannot[right]
    if (user.can[right] !== true && refused === undefined) return []
    if (kind === (suspended ? 'suspend' : 'reactivate')) return []
    return {
      label,
      icon: <Icon size={16} aria-hidden="true" />,
      danger,
      refused,
      onSelect: () => {
        open(kind === 'transfer' ? { kind, to: user } : { kind, user })
      },
    }
  })
}

/** The menu of a row: the person's page, then what can be done to the account. */
export function rowActions(
  user: AnyUser,
  open: (dialog: UserDialog) => void,
  go: () => void,
): readonly RowAction[] {
  if (user.can['read'] !== true) return []
  return [
    { label: 'Open', icon: <UserRound size={16} aria-hidden="true" />, onSelect: go },
    ...accountActions(user, open),
  ]
}
