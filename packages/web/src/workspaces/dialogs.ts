import type { Workspace } from '@atelier/api'
import { createContext, useContext } from 'react'

/** What a dialog of this noun is about. */
export interface WorkspaceDialog {
  readonly kind: 'edit' | 'rebuild' | 'stop' | 'delete'
  readonly workspace: Workspace
}

/** Opens a dialog; `WorkspaceDialogs` provides it. */
export const OpenDialogContext = createContext<((dialog: WorkspaceDialog) => void) | null>(null)

/** Opens the dialogs about workspaces, from rows and pages. */
export function useOpenDialog(): (dialog: WorkspaceDialog) => void {
  const open = useContext(OpenDialogContext)
  if (open === null) throw new Error('useOpenDialog needs WorkspaceDialogs around it.')
  return open
}
