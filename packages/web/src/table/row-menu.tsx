import { ActionIcon, Menu } from '@mantine/core'
import { Ellipsis } from 'lucide-react'
import type { RowAction } from './column.ts'

/** What can be done to one row. A refused action stays in the menu and says why. */
export function RowMenu({ name, actions }: { name: string; actions: readonly RowAction[] }) {
  if (actions.length === 0) return null
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon size="md" aria-label={`Actions for ${name}`}>
          <Ellipsis size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => (
          <RowMenuItem key={action.label} action={action} />
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function RowMenuItem({ action }: { action: RowAction }) {
  if (action.refused !== undefined) {
    return (
      <Menu.Item
        aria-disabled
        closeMenuOnClick={false}
        leftSection={action.icon}
        className="row-menu-refused"
      >
        {action.label}
        <span className="row-menu-reason">{action.refused}</span>
      </Menu.Item>
    )
  }
  return (
    <Menu.Item
      leftSection={action.icon}
      onClick={() => {
        focusMenuButton()
        action.onSelect()
      }}
      {...(action.danger === true ? { className: 'row-menu-danger' } : {})}
    >
      {action.label}
    </Menu.Item>
  )
}

/** A dialog that opens now returns the focus to where it is: the item itself is gone by then. */
function focusMenuButton(): void {
  const menu = document.activeElement?.closest('[role="menu"]')
  const id = menu?.getAttribute('aria-labelledby')
  if (id !== null && id !== undefined) document.getElementById(id)?.focus()
}
