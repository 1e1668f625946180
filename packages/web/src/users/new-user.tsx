import type { SiteRole } from '@atelier/access'
import { type Client, users } from '@atelier/api'
import { Button, MultiSelect, SimpleGrid, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { ButtonLink } from '../navigation/links.tsx'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { FirstSignIn } from './first-sign-in.tsx'
import { organizationChoices, useUsersChanged } from './queries.ts'
import { RoleMenu } from './role-menu.tsx'
import { newUserRole, newUserRoles } from './roles.ts'
import { suggestUsername } from './username.ts'

type Created = Awaited<ReturnType<Client['users']['create']>>

/** Creates a user, then shows the temporary password once. */
export function NewUser({
  onClose,
  onSecret,
}: {
  onClose: () => void
  /** Whether something is shown that will not be shown again. */
  onSecret: (shown: boolean) => void
}) {
  const [created, setCreated] = useState<Created>()
  const [again, setAgain] = useState(false)
  if (created === undefined) {
    return (
      <NewUserForm
        autoFocus={again}
        onClose={onClose}
        onCreated={(user) => {
          setCreated(user)
          onSecret(true)
        }}
      />
    )
  }
  return (
    <>
      <Text mb="md">
        <strong>{created.name}</strong> can sign in now, with this password.
      </Text>
      <FirstSignIn user={created} password={created.password ?? ''} onDone={onClose}>
        <Button
          variant="default"
          onClick={() => {
            setCreated(undefined)
            setAgain(true)
            onSecret(false)
          }}
        >
          Create another
        </Button>
        <ButtonLink
          variant="default"
          to="/users/$user"
          params={{ user: created.id }}
          onClick={onClose}
        >
          Open page
        </ButtonLink>
      </FirstSignIn>
    </>
  )
}

interface Values {
  name: string
  username: string
  email: string
  role: SiteRole
  organizations: string[]
}

function NewUserForm({
  autoFocus,
  onClose,
  onCreated,
}: {
  /** The dialog puts the focus into its first form only. */
  autoFocus: boolean
  onClose: () => void
  onCreated: (user: Created) => void
}) {
  const client = useClient()
  const session = useSession()
  const usersChanged = useUsersChanged()
  const roleId = useId()
  const [ownUsername, setOwnUsername] = useState(false)
  const [ownOrganizations, setOwnOrganizations] = useState(false)
  const organizations = useQuery(organizationChoices(client))
  const joinable = (organizations.data ?? []).filter((one) => one.can['add_members'] === true)
  const defaults = joinable.filter((one) => one.default).map((one) => one.id)

  const initialValues: Values = {
    name: '',
    username: '',
    email: '',
    role: newUserRole,
    organizations: [],
  }
  // Until somebody chooses, the server puts new users into the default organizations.
  const toBody = ({ organizations: chosen, ...values }: Values) =>
    ownOrganizations ? { ...values, organizations: chosen } : values
  const form = useApiForm({
    initialValues,
    schema: users.create.body,
    toBody,
    send: (values, { headers }) => client.users.create({ body: toBody(values), headers }),
    onDone: async (user) => {
      onCreated(user)
      await usersChanged()
    },
  })
  const values = form.form.getValues()

  return (
    <Form form={form} submitLabel="Create user" onCancel={onClose}>
      <TextInput
        label="Name"
        autoComplete="off"
        data-autofocus
        autoFocus={autoFocus}
        {...form.form.getInputProps('name')}
        onChange={(event) => {
          const name = event.currentTarget.value
          form.form.setFieldValue('name', name)
          if (!ownUsername) form.form.setFieldValue('username', suggestUsername(name))
        }}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <TextInput
          label="Username"
          description="Letters, digits and hyphens"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.form.getInputProps('username')}
          onChange={(event) => {
            setOwnUsername(event.currentTarget.value !== '')
            form.form.setFieldValue('username', event.currentTarget.value)
          }}
        />
        <TextInput
          label="E-mail"
          description="Only administrators see it"
          type="email"
          autoComplete="off"
          {...form.form.getInputProps('email')}
        />
      </SimpleGrid>
      <div>
        <Text fw={550} mb={4} id={roleId}>
          Site role
        </Text>
        <RoleMenu
          label="Site role"
          role={values.role}
          options={newUserRoles(session)}
          look="field"
          onPick={(role) => {
            form.form.setFieldValue('role', role)
          }}
        />
      </div>
      <MultiSelect
        label="Organizations"
        description="They join with each organization’s default role."
        placeholder={values.organizations.length + defaults.length === 0 ? 'None' : ''}
        data={joinable.map(({ id, name }) => ({ value: id, label: name }))}
        searchable
        clearable
        hidePickedOptions
        nothingFoundMessage="No other organization"
        {...form.form.getInputProps('organizations')}
        value={ownOrganizations ? values.organizations : defaults}
        onChange={(chosen) => {
          setOwnOrganizations(true)
          form.form.setFieldValue('organizations', chosen)
        }}
      />
      <Text size="sm" c="dimmed">
        They sign in with e-mail or username and a password. A temporary one is made for you to pass
        on, and has to be changed at the first sign-in.
      </Text>
    </Form>
  )
}
