import { DisplayName, Email, type User, Username } from '@atelier/api'
import { Alert, Button, Group, SimpleGrid, Text, TextInput } from '@mantine/core'
import { RefreshCw, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { Section } from '../shell/section.tsx'
import { ifMatch, useUsersChanged } from './queries.ts'

const schema = z.object({ name: DisplayName, username: Username, email: Email })

/** Name, username and e-mail address, to change for whoever may. */
export function ProfileSection({ user }: { user: User }) {
  // The form keeps what it began with: a change from elsewhere must not take typed text away.
  const [begun, setBegun] = useState(user)
  if (user.can['update'] !== true) {
    return (
      <Section title="Profile">
        <dl className="user-facts">
          <div>
            <dt>Name</dt>
            <dd>{user.name}</dd>
          </div>
          <div>
            <dt>Username</dt>
            <dd>{user.username}</dd>
          </div>
          <div>
            <dt>E-mail</dt>
            <dd>{user.email}</dd>
          </div>
        </dl>
        {user.cannot['update'] !== undefined && (
          <Text size="sm" c="dimmed" mt="md">
            {user.cannot['update']}.
          </Text>
        )}
      </Section>
    )
  }
  return (
    <Section title="Profile" description="Name and username are shown to everybody.">
      <ProfileForm key={begun.version} user={begun} latest={user} onRenew={setBegun} />
    </Section>
  )
}

function ProfileForm({
  user,
  latest,
  onRenew,
}: {
  user: User
  latest: User
  onRenew: (user: User) => void
}) {
  const client = useClient()
  const usersChanged = useUsersChanged()
  const saved = { name: user.name, username: user.username, email: user.email }
  const form = useApiForm({
    initialValues: saved,
    schema,
    send: async (values) => {
      const changed = Object.entries(values).filter(
        ([field, value]) => value !== saved[field as keyof typeof saved],
      )
      if (changed.length === 0) return user
      return client.users.update({
        params: { user: user.id },
        body: Object.fromEntries(changed),
        headers: ifMatch(user),
      })
    },
    onDone: async (updated) => {
      onRenew(updated)
      notifyDone(
        updated === user ? 'There was nothing to save.' : `${updated.name}’s profile is saved.`,
      )
      await usersChanged(updated)
    },
  })
  const dirty = form.form.isDirty()
  const outdated = latest.version !== user.version
  if (outdated && !dirty && !form.pending) onRenew(latest)
  const { username } = form.form.getValues()

  return (
    <>
      <UnsavedGuard dirty={dirty && !form.pending} />
      {outdated && dirty && (
        <Alert
          color="yellow"
          mb="md"
          icon={<TriangleAlert aria-hidden="true" />}
          title="Somebody changed this account meanwhile"
        >
          <Group justify="space-between" gap="sm">
            <span>Load it again to see the change; what you typed here is lost then.</span>
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<RefreshCw size={14} aria-hidden="true" />}
              onClick={() => {
                onRenew(latest)
              }}
            >
              Load again
            </Button>
          </Group>
        </Alert>
      )}
      <Form form={form} submitLabel="Save">
        <TextInput label="Name" autoComplete="off" {...form.form.getInputProps('name')} />
        <div>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            <TextInput
              label="Username"
              description="Letters, digits and hyphens"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              {...form.form.getInputProps('username')}
            />
            <TextInput
              label="E-mail"
              description="Only administrators see it"
              type="email"
              autoComplete="off"
              {...form.form.getInputProps('email')}
            />
          </SimpleGrid>
          <div role="status">
            {username !== user.username && (
              <Alert
                mt="md"
                color="yellow"
                icon={<TriangleAlert aria-hidden="true" />}
                title="Addresses contain the username"
              >
                Dev URLs with “{user.username}” get new addresses, and SSH has to be set up again.
                API keys keep working, and the audit log keeps the old name.
              </Alert>
            )}
          </div>
        </div>
      </Form>
    </>
  )
}
