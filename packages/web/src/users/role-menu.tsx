import { Menu, Skeleton, UnstyledButton } from '@mantine/core'
import { Check, ChevronDown } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { problemText } from '../problems/problem-text.ts'
import { roleLabel } from '../roles/words.ts'
import './role-menu.css'

interface Option<Role extends string> {
  readonly role: Role
  readonly name: string
  readonly meaning: string
  readonly assignable: boolean
  readonly reason?: string | null
}

interface Props<Role extends string> {
  /** What is chosen, and whose: `Site role of Ann`. */
  label: string
  /** Left out before one is chosen. */
  role: Role | undefined
  /** Left out while they are on their way. */
  options: readonly Option<Role>[] | undefined
  /** Why the options could not be read. */
  error?: unknown
  onOpen?: () => void
  onPick: (role: Role) => void
  /** `cell` is quiet and belongs into tables; `field` looks like the other fields of a form. */
  look: 'cell' | 'field'
}

/**
 * A drop-down of roles. Those that may not be given stand there too: they can be reached, do
 * nothing, and say why.
 */
export function RoleMenu<Role extends string>(props: Props<Role>) {
  const { label, role, options, error, onOpen, onPick, look } = props
  const [opened, setOpened] = useState(false)
  const current = useRef<HTMLButtonElement>(null)
  const reasonId = useId()
  const shared = sharedReason(options)
  const shown = role === undefined ? 'Choose a role' : roleLabel(role)

  // The options may come after the menu has taken the focus.
  useEffect(() => {
    if (opened && options !== undefined) current.current?.focus({ preventScroll: true })
  }, [opened, options])

  function change(next: boolean) {
    setOpened(next)
    if (next) onOpen?.()
  }

  return (
    <Menu opened={opened} onChange={change} position="bottom-start" width={330}>
      <Menu.Target>
        <UnstyledButton className="role-trigger" data-look={look} aria-label={`${label}: ${shown}`}>
          <span className="role-trigger-text">{shown}</span>
          <ChevronDown size={15} aria-hidden="true" className="role-trigger-icon" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown aria-busy={options === undefined && error == null}>
        {error != null && <p className="role-note">{problemText(error)}</p>}
        {options === undefined && error == null && <Waiting />}
        {shared !== undefined && (
          <p className="role-note" id={reasonId}>
            {shared}
          </p>
        )}
        {options?.map((option) => (
          <Menu.RadioItem
            key={option.role}
            value={option.role}
            checked={option.role === role}
            ref={option.role === role ? current : undefined}
            data-autofocus={option.role === role || undefined}
            className="role-option"
            checkIcon={<Check size={16} aria-hidden="true" />}
            aria-disabled={!option.assignable || undefined}
            aria-describedby={shared === undefined ? undefined : reasonId}
            closeMenuOnClick={option.assignable}
            onChange={() => {
              if (option.assignable) onPick(option.role)
            }}
          >
            <span className="role-option-name">{option.name}</span>
            <span className="role-option-meaning">{option.meaning}</span>
            {shared === undefined && !option.assignable && option.reason != null && (
              <span className="role-option-reason">{option.reason}</span>
            )}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** A reason that holds for every role is said once. */
function sharedReason(options: readonly Option<string>[] | undefined): string | undefined {
  const [first, ...rest] = options ?? []
  if (first?.reason == null) return undefined
  return rest.every((option) => option.reason === first.reason) ? first.reason : undefined
}

function Waiting() {
  return (
    <div role="presentation" className="role-waiting">
      {[1, 2, 3, 4].map((line) => (
        <Skeleton key={line} height={38} radius="sm" />
      ))}
    </div>
  )
}
