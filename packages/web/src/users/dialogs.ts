import type { SiteRole } from '@atelier/access'
import type { User } from '@atelier/api'
import { createContext, useContext } from 'react'
import type { AnyUser } from './queries.ts'

export type BulkAction = 'suspend' | 'reactivate' | 'role'

/** What a dialog of this noun is about. */
export type UserDialog =
  | { readonly kind: 'role'; readonly user: User; readonly role: SiteRole }
  | { readonly kind: 'transfer'; readonly to?: AnyUser }
  | { readonly kind: 'reset-password'; readonly user: AnyUser }
  | { readonly kind: 'sign-out'; readonly user: AnyUser }
  | { readonly kind: 'suspend'; readonly user: AnyUser }
  | { readonly kind: 'reactivate'; readonly user: AnyUser }
  | { readonly kind: 'delete'; readonly user: AnyUser }
  | { readonly kind: 'new' }
  | {
      readonly kind: 'bulk'
      readonly action: BulkAction
      readonly users: readonly AnyUser[]
      readonly clear: () => void
    }

/** Opens a dialog; `UserDialogs` provides it. */
export const OpenDialogContext = createContext<((dialog: UserDialog) => void) | null>(null)

/** Opens the dialogs about users, from cells, menus and pages. */
export function useOpenDialog(): (dialog: UserDialog) => void {
  const open = useContext(OpenDialogContext)
  if (open === null) throw new Error('useOpenDialog needs UserDialogs around it.')
  return open
}
