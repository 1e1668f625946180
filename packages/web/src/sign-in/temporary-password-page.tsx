import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useRouter, useSearch } from '@tanstack/react-router'
import { PasswordForm } from '../account/password-form.tsx'
import { goOn } from '../navigation/next.ts'
import { useClient } from '../session/client.tsx'
import { sessionQuery } from '../session/session.ts'
import { useSignOut } from '../session/sign-out.ts'
import { Gate } from '../shell/gate.tsx'

/** Until a temporary password is changed, nothing else works; so this is the only page there is. */
export function TemporaryPasswordPage() {
  const router = useRouter()
  const signOut = useSignOut()
  const { next } = useSearch({ from: '/change-password' })
  const { data: session } = useQuery(sessionQuery(useClient()))
  if (session === null) return <Navigate to="/sign-in" search={{ next }} replace />
  if (session === undefined) return null
  return (
    <Gate
      title="Choose a new password"
      description="You signed in with a temporary password. Choose your own to go on."
    >
      <PasswordForm
        user={session.user}
        oldLabel="Temporary password"
        wide
        onDone={() => {
          goOn(next, (path) => {
            router.history.push(path)
          })
        }}
      />
      <Button
        variant="subtle"
        color="gray"
        fullWidth
        onClick={() => {
          signOut.mutate()
        }}
      >
        Sign out instead
      </Button>
    </Gate>
  )
}
