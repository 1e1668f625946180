import { DisplayName, Email, Username } from '@atelier/api'
import { TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { useClient } from '../session/client.tsx'
import { sessionKey, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { Section } from '../shell/section.tsx'

const schema = z.object({ name: DisplayName, username: Username, email: Email })

/** One's own name, username and e-mail address. */
export function ProfilePage() {
  const client = useClient()
  const queryClient = useQueryClient()
  const { user } = useSession()
  const form = useApiForm({
    initialValues: { name: user.name, username: user.username, email: user.email },
    schema,
    send: (body) => client.users.update({ params: { user: 'me' }, body }),
    onDone: async () => {
      form.form.resetDirty()
      await queryClient.invalidateQueries({ queryKey: sessionKey })
      notifyDone('Your profile is saved.')
    },
  })
  return (
    <Page title="Profile" narrow>
      <UnsavedGuard dirty={form.form.isDirty()} />
      <Section title="Who you are">
        <Form form={form} submitLabel="Save">
          <TextInput label="Name" autoComplete="name" {...form.form.getInputProps('name')} />
          <TextInput
            label="Username"
            autoComplete="username"
            spellCheck={false}
            {...form.form.getInputProps('username')}
          />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="email"
            {...form.form.getInputProps('email')}
          />
        </Form>
      </Section>
    </Page>
  )
}
