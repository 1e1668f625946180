import { ApiError, sessions } from '@atelier/api'
import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { goOn } from '../navigation/next.ts'
import { useClient } from '../session/client.tsx'
import { sessionKey } from '../session/session.ts'
import { Gate } from '../shell/gate.tsx'
import { Terms } from './terms.tsx'

/** Signs in by e-mail address or username, and asks for the terms of service where they apply. */
export function SignInPage() {
  const client = useClient()
  const queryClient = useQueryClient()
  const router = useRouter()
  const { next, ended } = useSearch({ from: '/sign-in' })
  const [askTerms, setAskTerms] = useState(false)
  const terms = useQuery({
    queryKey: ['terms-of-service'],
    queryFn: ({ signal }) => client.configuration.terms({ signal }),
    enabled: askTerms,
  })
  const setup = useQuery({
    queryKey: ['setup-mode'],
    queryFn: ({ signal }) => client.system.setupMode({ signal }),
    retry: false,
  })

  const form = useApiForm({
    initialValues: { login: '', password: '' },
    schema: sessions.signIn.body,
    send: async (values) => {
      try {
        return await client.sessions.signIn({
          body: { ...values, ...(terms.data === undefined ? {} : { terms: terms.data.version }) },
        })
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'session.terms_required') throw error
        setAskTerms(true)
        return null
      }
    },
    onDone: (session) => {
      if (session === null) return
      queryClient.setQueryData(sessionKey, session)
      goOn(next, (path) => {
        router.history.push(path)
      })
    },
  })

  return (
    <Gate title="Sign in to Atelier">
      {ended === true && form.problems === null && (
        <Alert color="gray">Your session has ended. Sign in to go on where you were.</Alert>
      )}
      {setup.data?.setup_mode === true && (
        <Alert color="brand" title="Not set up yet">
          Open the setup link that the server printed when it started. It creates the site admin.
        </Alert>
      )}
      <Form form={form} submitLabel={askTerms ? 'Accept and sign in' : 'Sign in'} wide>
        <TextInput
          label="E-mail or username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          {...form.form.getInputProps('login')}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          {...form.form.getInputProps('password')}
        />
        {askTerms && <Terms body={terms.data?.body} error={terms.error} />}
      </Form>
    </Gate>
  )
}
