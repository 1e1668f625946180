import { PasswordInput, Text, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'

/** What a registry is called, where it is, and who is known there. */
export interface RegistryValues {
  friendly_name: string
  registry: string
  username: string
  password: string
}

/** An empty password is none, or the one that is stored. */
export function bodyOf<Values extends RegistryValues>(values: Values) {
  return { ...values, password: values.password === '' ? null : values.password }
}

/** Name, address and credentials of a registry; the password goes in and never comes out. */
export function RegistryFields<Values extends RegistryValues>({
  form,
  stored,
}: {
  form: UseFormReturnType<Values>
  /** A password of this registry is stored already. */
  stored: boolean
}) {
  return (
    <>
      <TextInput
        label="Name"
        autoComplete="off"
        maxLength={128}
        data-autofocus
        {...form.getInputProps('friendly_name')}
      />
      <TextInput
        label="Address"
        description="A host, and a port where it needs one. For Docker Hub write docker.io."
        placeholder="registry.example.com:5000"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...form.getInputProps('registry')}
      />
      <TextInput
        label="Username"
        description="Empty where no password is needed."
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...form.getInputProps('username')}
      />
      <PasswordInput
        label="Password"
        description={
          stored
            ? 'One is stored. Leave this empty to keep it.'
            : 'A token or the text of a key file will do too.'
        }
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
      <Text size="xs" c="dimmed">
        The password is encrypted, and nobody can read it here again.
      </Text>
    </>
  )
}
