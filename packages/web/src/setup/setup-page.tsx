import { system } from '@atelier/api'
import { Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { NewPasswordField } from '../forms/new-password-field.tsx'
import { ButtonLink } from '../navigation/links.tsx'
import { ProblemView } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { sessionKey } from '../session/session.ts'
import { Gate } from '../shell/gate.tsx'

/** The first page of a new installation: creates the site admin, once. */
export function SetupPage() {
  const client = useClient()
  const mode = useQuery({
    queryKey: ['setup-mode'],
    queryFn: ({ signal }) => client.system.setupMode({ signal }),
  })
  if (mode.data?.setup_mode === false) {
    return (
      <Gate title="Already set up" description="The site admin exists, and this page is closed.">
        <ButtonLink to="/sign-in" fullWidth>
          Go to sign-in
        </ButtonLink>
      </Gate>
    )
  }
  return (
    <Gate
      title="Set up Atelier"
      description="Create the first account. It becomes the site admin, who has full access and of whom there is exactly one."
    >
      {mode.isPending && (
        <Stack aria-label="Loading">
          <Skeleton height={56} />
          <Skeleton height={56} />
          <Skeleton height={56} />
        </Stack>
      )}
      {mode.isError && <ProblemView error={mode.error} onRetry={() => void mode.refetch()} />}
      {mode.isSuccess && <SetupForm />}
    </Gate>
  )
}

function SetupForm() {
  const client = useClient()
  const queryClient = useQueryClient()
  const router = useRouter()
  const { token = '' } = useSearch({ from: '/setup' })
  const form = useApiForm({
    initialValues: { token, email: '', username: '', name: '', password: '' },
    schema: system.setup.body,
    send: async (body) => {
      // The answer has signed the site admin in already.
      await client.system.setup({ body })
      return client.sessions.current()
    },
    onDone: (session) => {
      queryClient.setQueryData(['setup-mode'], { setup_mode: false })
      queryClient.setQueryData(sessionKey, session)
      router.history.replace('/')
    },
  })
  const { email, username, name } = form.form.values
  return (
    <Form form={form} submitLabel="Create the site admin" wide>
      {token === '' && (
        <TextInput
          label="Setup token"
          description="The last part of the setup link that the server printed"
          autoComplete="off"
          spellCheck={false}
          {...form.form.getInputProps('token')}
        />
      )}
      <TextInput label="Name" autoComplete="name" {...form.form.getInputProps('name')} />
      <TextInput
        label="E-mail"
        type="email"
        autoComplete="email"
        {...form.form.getInputProps('email')}
      />
      <TextInput
        label="Username"
        description="Letters, digits and hyphens"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        {...form.form.getInputProps('username')}
      />
      <NewPasswordField
        label="Password"
        hints={[name, username, email]}
        {...form.form.getInputProps('password')}
      />
      {token !== '' && form.problems?.fields.some(({ path }) => path === 'token') === true && (
        <Text size="sm">
          Open the setup link again exactly as the server printed it. Each start prints a new one.
        </Text>
      )}
    </Form>
  )
}
