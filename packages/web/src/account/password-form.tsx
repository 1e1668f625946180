import { users } from '@atelier/api'
import { PasswordInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { NewPasswordField } from '../forms/new-password-field.tsx'
import { useClient } from '../session/client.tsx'
import { type Session, sessionKey } from '../session/session.ts'

interface Props {
  user: Session['user']
  oldLabel?: string
  wide?: boolean
  onDone: () => void
}

/** Changes one's own password. */
export function PasswordForm({ user, oldLabel = 'Current password', wide = false, onDone }: Props) {
  const client = useClient()
  const queryClient = useQueryClient()
  const form = useApiForm({
    initialValues: { old_password: '', password: '' },
    schema: users.changePassword.body,
    send: (body) => client.users.changePassword({ body }),
    onDone: async () => {
      form.form.reset()
      await queryClient.invalidateQueries({ queryKey: sessionKey })
      onDone()
    },
  })
  return (
    <Form form={form} submitLabel="Change password" wide={wide}>
      {/* Password managers store the new password under this name. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={user.email}
        readOnly
        hidden
      />
      <PasswordInput
        label={oldLabel}
        autoComplete="current-password"
        {...form.form.getInputProps('old_password')}
      />
      <NewPasswordField
        label="New password"
        hints={[user.username, user.name, user.email]}
        {...form.form.getInputProps('password')}
      />
    </Form>
  )
}
