import type { ReactNode } from 'react'
import { Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import type { UserDialog } from './dialogs.ts'
import { type AnyUser, useUsersChanged } from './queries.ts'

type Kind = 'reset-password' | 'sign-out' | 'suspend' | 'reactivate' | 'delete'

export type AccountQuestion = Extract<UserDialog, { kind: Kind }>

interface Words {
  readonly title: string
  readonly confirm: string
  readonly danger: boolean
  readonly text: ReactNode
}

function wordsOf(kind: Kind, { name }: AnyUser): Words {
  switch (kind) {
    case 'reset-password':
      return {
        title: `Reset the password of ${name}?`,
        confirm: 'Reset password',
        danger: false,
        text: (
          <>
            You get a temporary password, which is shown once. {name} is signed out everywhere, and
            has to choose a new password at the next sign-in. Their API keys keep working.
          </>
        ),
      }
    case 'sign-out':
      return {
        title: `Sign ${name} out everywhere?`,
        confirm: 'Sign out everywhere',
        danger: false,
        text: (
          <>All their sessions end at once. They can sign in again, and API keys keep working.</>
        ),
      }
    case 'suspend':
      return {
        title: `Suspend ${name}?`,
        confirm: 'Suspend',
        danger: true,
        text: (
          <>
            Their sessions end and their API keys are refused at once. Nothing is deleted: you can
            reactivate the account at any time.
          </>
        ),
      }
    case 'reactivate':
      return {
        title: `Reactivate ${name}?`,
        confirm: 'Reactivate',
        danger: false,
        text: <>They can sign in again, and their API keys work again.</>,
      }
    case 'delete':
      return {
        title: `Delete ${name}?`,
        confirm: 'Delete user',
        danger: true,
        text: (
          <>
            They are signed out at once, their API keys are deleted, and everything that belongs to
            them follows in the background. This cannot be undone. Their name stays in the audit
            log; username and e-mail address are free again. To keep the account, suspend it
            instead.
          </>
        ),
      }
  }
}

/** Asks before something happens to one account, and does it. */
export function AccountQuestionDialog({
  question,
  opened,
  onClose,
  onPassword,
  onDeleted,
}: {
  question: AccountQuestion | undefined
  opened: boolean
  onClose: () => void
  onPassword: (user: AnyUser, password: string) => void
  onDeleted: ((user: AnyUser) => void) | undefined
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  const usersChanged = useUsersChanged()
  if (question === undefined) return null
  const { kind, user } = question
  const words = wordsOf(kind, user)
  const params = { user: user.id }

  async function act() {
    switch (kind) {
      case 'reset-password': {
        const { password } = await client.users.resetPassword({ params })
        await usersChanged()
        onPassword(user, password)
        return
      }
      case 'sign-out': {
        const { sessions } = await client.users.signOut({ params })
        await usersChanged()
        notifyDone(
          sessions === 0
            ? `${user.name} was signed in nowhere.`
            : `${user.name} is signed out of ${String(sessions)} session${sessions === 1 ? '' : 's'}.`,
        )
        return
      }
      case 'suspend':
        await usersChanged(await client.users.suspend({ params }))
        notifyDone(`${user.name} is suspended.`)
        return
      case 'reactivate':
        await usersChanged(await client.users.reactivate({ params }))
        notifyDone(`${user.name} is active again.`)
        return
      case 'delete':
        await client.users.remove({ params })
        notifyDone(`${user.name} is deleted.`)
        onDeleted?.(user)
        queryClient.removeQueries({ queryKey: ['users', user.id] })
        await usersChanged()
    }
  }

  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={words.title}
      confirmLabel={words.confirm}
      danger={words.danger}
      onConfirm={act}
      {...(kind === 'delete' ? { typed: user.username } : {})}
    >
      <Text>{words.text}</Text>
    </ConfirmDialog>
  )
}
