import { Modal } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { AccountQuestionDialog } from './account-questions.tsx'
import { BulkChange } from './bulk-change.tsx'
import { OpenDialogContext, type UserDialog } from './dialogs.ts'
import { FirstSignIn } from './first-sign-in.tsx'
import { NewUser } from './new-user.tsx'
import type { AnyUser } from './queries.ts'
import { RoleChange } from './role-dialog.tsx'
import { Transfer } from './transfer.tsx'

interface Secret {
  readonly user: AnyUser
  readonly password: string
}

/** Holds the dialogs about users, one open at a time, for the page around which it stands. */
export function UserDialogs({
  children,
  onDeleted,
}: {
  children: ReactNode
  /** Where the page goes when its user is gone. */
  onDeleted?: (user: AnyUser) => void
}) {
  // What a dialog is about stays until the next one, so that nothing flickers while it closes.
  const [dialog, setDialog] = useState<UserDialog>()
  const [opened, setOpened] = useState(false)
  const [secret, setSecret] = useState<Secret>()
  const [secretOpened, setSecretOpened] = useState(false)
  const [guarded, setGuarded] = useState(false)
  const small = useMediaQuery('(width < 40rem)')

  const returnTo = useRef<HTMLElement>(null)

  const open = useCallback((next: UserDialog) => {
    returnTo.current = opener()
    setDialog(next)
    setGuarded(false)
    setOpened(true)
  }, [])
  const close = useCallback(() => {
    setOpened(false)
  }, [])

  const closeSecret = useCallback(() => {
    setSecretOpened(false)
  }, [])

  // A dialog that a menu has opened would give the focus back to the menu, which is gone.
  useEffect(() => {
    if (opened || secretOpened) return
    const closing = document.activeElement?.closest('[role="dialog"]')
    const timer = setTimeout(() => {
      giveFocusBack(returnTo.current, closing)
    }, afterModal)
    return () => {
      clearTimeout(timer)
    }
  }, [opened, secretOpened])

  const kind = dialog?.kind
  const question =
    kind === 'reset-password' ||
    kind === 'sign-out' ||
    kind === 'suspend' ||
    kind === 'reactivate' ||
    kind === 'delete'

  return (
    <OpenDialogContext value={open}>
      {children}
      <AccountQuestionDialog
        question={question ? dialog : undefined}
        opened={opened && question}
        onClose={close}
        onPassword={(user, password) => {
          setSecret({ user, password })
          setSecretOpened(true)
        }}
        onDeleted={onDeleted}
      />
      <Modal
        opened={opened && dialog !== undefined && !question}
        onClose={close}
        title={dialog === undefined ? '' : titleOf(dialog)}
        size="lg"
        fullScreen={small}
        {...(guarded ? unhurried : {})}
      >
        {dialog?.kind === 'role' && (
          <RoleChange user={dialog.user} role={dialog.role} onClose={close} />
        )}
        {dialog?.kind === 'new' && <NewUser onClose={close} onSecret={setGuarded} />}
        {dialog?.kind === 'transfer' && (
          <Transfer onClose={close} {...(dialog.to === undefined ? {} : { to: dialog.to })} />
        )}
        {dialog?.kind === 'bulk' && (
          <BulkChange
            action={dialog.action}
            users={dialog.users}
            onClose={close}
            onDone={dialog.clear}
          />
        )}
      </Modal>
      <Modal
        opened={secretOpened}
        onClose={closeSecret}
        onExitTransitionEnd={() => {
          setSecret(undefined)
        }}
        title={secret === undefined ? '' : `The temporary password of ${secret.user.name}`}
        size="lg"
        fullScreen={small}
        {...unhurried}
      >
        {secret !== undefined && (
          <FirstSignIn user={secret.user} password={secret.password} onDone={closeSecret} />
        )}
      </Modal>
    </OpenDialogContext>
  )
}

/** Mantine's own attempt to give the focus back comes 10 ms after closing. */
const afterModal = 30

/** The control that a dialog is opened from: for an item of a menu, the menu's button. */
function opener(): HTMLElement | null {
  const active = document.activeElement
  const button = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby')
  if (button != null) return document.getElementById(button)
  return active instanceof HTMLElement && active !== document.body ? active : null
}

/** To the control, to the title of the page where that is gone, or not at all if it went elsewhere. */
function giveFocusBack(control: HTMLElement | null, closing: Element | null | undefined): void {
  const active = document.activeElement
  const lost = active === null || active === document.body || closing?.contains(active)
  if (control === null || lost !== true) return
  const target = control.isConnected ? control : document.querySelector<HTMLElement>('h1')
  target?.focus({ preventScroll: true })
}

/** What is shown once is not lost by a key pressed too soon. */
const unhurried = { closeOnClickOutside: false, closeOnEscape: false, withCloseButton: false }

function titleOf(dialog: UserDialog): string {
  switch (dialog.kind) {
    case 'role':
      return `Change the site role of ${dialog.user.name}?`
    case 'transfer':
      return 'Transfer the site admin role'
    case 'new':
      return 'New user'
    case 'bulk':
      return bulkTitle[dialog.action](dialog.users.length)
    default:
      return ''
  }
}

const users = (count: number) => (count === 1 ? '1 user' : `${String(count)} users`)

const bulkTitle = {
  suspend: (count: number) => `Suspend ${users(count)}?`,
  reactivate: (count: number) => `Reactivate ${users(count)}?`,
  role: (count: number) => `Change the site role of ${users(count)}`,
}
