import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LockKeyhole } from 'lucide-react'
import { AnchorLink } from '../navigation/links.tsx'
import { Notice } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { Section } from '../shell/section.tsx'
import { PasswordForm } from './password-form.tsx'

/** Changes one's own password, and says before what that ends. */
export function PasswordPage() {
  const { user } = useSession()
  return (
    <Page title="Password" narrow>
      {user.can['change_password'] === true ? (
        <Section title="Change your password" description={<Consequence />}>
          <PasswordForm
            user={user}
            onDone={() => {
              notifyDone('Your password is changed. All your other sessions have ended.')
            }}
          />
        </Section>
      ) : (
        <Notice icon={<LockKeyhole />} title="There is no password to change here">
          <Text>
            {user.cannot['change_password'] ??
              'Your role does not let you change your own account.'}
          </Text>
        </Notice>
      )}
    </Page>
  )
}

function Consequence() {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => ({ items: await client.sessions.list({ signal }) }),
  })
  const others = data?.items.filter((session) => !session.current).length
  return (
    <>
      {others === 0
        ? 'You stay signed in here; you are signed in nowhere else.'
        : `You stay signed in here. Your other ${others === undefined ? 'sessions end' : others === 1 ? 'session ends' : `${String(others)} sessions end`} at once.`}{' '}
      Your{' '}
      <AnchorLink to="/account/api-keys" underline="always" inherit>
        API keys
      </AnchorLink>{' '}
      keep working.
    </>
  )
}
