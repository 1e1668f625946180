import { Alert, Button, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { OneTimeSecret } from '../forms/one-time-secret.tsx'
import { AnchorLink } from '../navigation/links.tsx'
import { problemText } from '../problems/problem-text.ts'
import { useClient } from '../session/client.tsx'
import { SignedIn } from '../session/guard.tsx'
import { useSession } from '../session/session.ts'
import { Gate } from '../shell/gate.tsx'

/** Where a command line sends people to sign in: makes a token to paste into the terminal. */
export function CommandLinePage() {
  return (
    <SignedIn>
      <TokenGate />
    </SignedIn>
  )
}

function TokenGate() {
  const client = useClient()
  const { user } = useSession()
  // A page load alone makes nothing: any site could send a signed-in person to this address.
  const token = useMutation({
    mutationFn: () =>
      client.apiKeys.create({
        params: { user: 'me' },
        body: { name: `Command line, ${new Date().toISOString()}` },
      }),
  })
  return (
    <Gate
      title="Sign in on the command line"
      description={
        <>
          The token lets programs act as <strong>{user.name}</strong>, with everything that you may
          do.
        </>
      }
    >
      {token.isError && (
        <Alert color="red" role="alert" title="No token was made">
          {problemText(token.error)}
        </Alert>
      )}
      {token.isSuccess ? (
        <OneTimeSecret label="Token" secret={token.data.key}>
          <Text size="sm">Paste it into the terminal that waits for it.</Text>
        </OneTimeSecret>
      ) : (
        <Button
          fullWidth
          loading={token.isPending}
          onClick={() => {
            token.mutate()
          }}
        >
          Make a token
        </Button>
      )}
      <Text size="sm" c="dimmed">
        You did not start this? Leave this page. Tokens that you made are listed under{' '}
        <AnchorLink to="/account/api-keys" underline="always" inherit>
          your API keys
        </AnchorLink>
        .
      </Text>
    </Gate>
  )
}
