import type { Workspace } from '@atelier/api'
import { CircleStop, Hammer, Pencil, Play, SquareX, Trash2 } from 'lucide-react'
import type { RowAction } from '../table/column.ts'
import { useWorkspaceCommand } from './commands.ts'
import { useOpenDialog, type WorkspaceDialog } from './dialogs.ts'

interface Kind {
  /** Its name in `can` and `cannot`. */
  readonly right: string
  readonly label: string
  readonly icon: typeof Play
  readonly danger?: true
  readonly act: (acting: Acting, workspace: Workspace) => void
  /** Where it makes no sense at all, it is not even refused. */
  readonly when?: (workspace: Workspace) => boolean
}

interface Acting {
  readonly open: (dialog: WorkspaceDialog) => void
  readonly command: (command: 'start' | 'cancel', workspace: Workspace) => void
}

const asks =
  (kind: WorkspaceDialog['kind']): Kind['act'] =>
  ({ open }, workspace) => {
    open({ kind, workspace })
  }

const runs = ({ status }: Workspace) => status === 'running'
const rests = ({ status }: Workspace) => status === 'off' || status === 'failed'

const kinds: readonly Kind[] = [
  {
    right: 'start',
    label: 'Start',
    icon: Play,
    when: rests,
    act: ({ command }, workspace) => {
      command('start', workspace)
    },
  },
  {
    right: 'cancel',
    label: 'Cancel the build',
    icon: SquareX,
    when: ({ updating }) => updating,
    act: ({ command }, workspace) => {
      command('cancel', workspace)
    },
  },
  { right: 'stop', label: 'Stop…', icon: CircleStop, when: runs, act: asks('stop') },
  { right: 'start', label: 'Rebuild…', icon: Hammer, when: runs, act: asks('rebuild') },
  { right: 'start', label: 'Edit…', icon: Pencil, act: asks('edit') },
  { right: 'delete', label: 'Delete…', icon: Trash2, danger: true, act: asks('delete') },
]

/**
 * What can be done to workspaces: what `can` allows now, and what `cannot` gives a reason for; each
 * by name, so that a page can show some as buttons.
 */
export function useWorkspaceActions(): (workspace: Workspace) => readonly RowAction[] {
  const open = useOpenDialog()
  const { mutate } = useWorkspaceCommand()
  const acting: Acting = {
    open,
    command: (command, workspace) => {
      mutate({ command, workspace })
    },
  }
  return (workspace) =>
    kinds.flatMap(({ right, label, icon: Icon, danger = false, act, when }) => {
      const refused = workspace.cannot[right]
      if (workspace.can[right] !== true && refused === undefined) return []
      if (when?.(workspace) === false) return []
      return {
        label,
        icon: <Icon size={16} aria-hidden="true" />,
        danger,
        refused,
        onSelect: () => {
          act(acting, workspace)
        },
      }
    })
}
