import { DisplayName, Email, Username, users } from '@atelier/api'
import { Alert, Select, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { LockKeyhole, TriangleAlert } from 'lucide-react'
import { z } from 'zod'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { Notice } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { type Session, sessionKey, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { Section } from '../shell/section.tsx'

const schema = z.object({
  name: DisplayName,
  username: Username,
  email: Email,
  dotfiles_git_uri: users.update.body.shape.dotfiles_git_uri,
  autostart_at: users.update.body.shape.autostart_at,
  autostart_time_zone: users.update.body.shape.autostart_time_zone,
})

/** Those that the browser knows, and the one that is kept, should it be none of them. */
function timeZones(kept: string): string[] {
  return [...new Set(['UTC', kept, ...Intl.supportedValuesOf('timeZone')])]
}

/** One's own name, username, e-mail address, dotfiles, and when one's workspaces start. */
export function ProfilePage() {
  const { user } = useSession()
  return (
    <Page title="Profile" narrow>
      {user.can['update'] === true ? (
        <ProfileForm user={user} />
      ) : (
        <Notice icon={<LockKeyhole />} title="You cannot change your profile">
          <Text>
            {user.cannot['update'] ?? 'Your role does not let you change your own account.'}
          </Text>
        </Notice>
      )}
    </Page>
  )
}

function ProfileForm({ user }: { user: Session['user'] }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const saved = {
    name: user.name,
    username: user.username,
    email: user.email,
    dotfiles_git_uri: user.dotfiles_git_uri,
    autostart_at: user.autostart_at ?? '',
    autostart_time_zone: user.autostart_time_zone,
  }
  const form = useApiForm({
    initialValues: saved,
    schema,
    send: async (values) => {
      const changed = Object.entries(values).filter(
        ([field, value]) => value !== saved[field as keyof typeof saved],
      )
      if (changed.length === 0) return false
      await client.users.update({
        params: { user: 'me' },
        body: Object.fromEntries(changed),
      })
      return true
    },
    onDone: async (changed) => {
      form.form.resetDirty()
      if (!changed) {
        notifyDone('There was nothing to save.')
        return
      }
      await queryClient.invalidateQueries({ queryKey: sessionKey })
      await queryClient.invalidateQueries({ queryKey: ['users'] })
      notifyDone('Your profile is saved.')
    },
  })
  const { username } = form.form.getValues()
  return (
    <>
      <UnsavedGuard dirty={form.form.isDirty()} />
      <Section title="Who you are" description="Your name and username are shown to everybody.">
        <Form form={form} submitLabel="Save">
          <TextInput label="Name" autoComplete="name" {...form.form.getInputProps('name')} />
          <div>
            <TextInput
              label="Username"
              description="Letters, digits and hyphens."
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...form.form.getInputProps('username')}
            />
            {username !== user.username && (
              <Alert
                mt="sm"
                color="yellow"
                icon={<TriangleAlert aria-hidden="true" />}
                title="Addresses contain your username"
              >
                Dev URLs with “{user.username}” stop to work and get new addresses, and SSH needs to
                be set up again with <code>config-ssh</code>. You sign in with the new name. API
                keys keep working, and the audit log keeps the old name where you used it.
              </Alert>
            )}
          </div>
          <TextInput
            label="E-mail"
            description="You can sign in with it. Only administrators see it."
            type="email"
            autoComplete="email"
            {...form.form.getInputProps('email')}
          />
          <TextInput
            label="Dotfiles repository"
            description="A Git repository with your personal settings, which new workspaces take over. Leave it empty for none."
            placeholder="https://example.com/dotfiles.git"
            type="url"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            {...form.form.getInputProps('dotfiles_git_uri')}
          />
          <TextInput
            label="Start workspaces at"
            description="Workspaces that are set to start by themselves do so at this time, on the days that their organization allows. Leave it empty for never."
            type="time"
            {...form.form.getInputProps('autostart_at')}
          />
          <Select
            label="Time zone"
            description="Where that time is meant."
            searchable
            allowDeselect={false}
            data={timeZones(user.autostart_time_zone)}
            {...form.form.getInputProps('autostart_time_zone')}
          />
        </Form>
      </Section>
    </>
  )
}
