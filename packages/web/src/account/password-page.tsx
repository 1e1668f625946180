import { useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { Section } from '../shell/section.tsx'
import { PasswordForm } from './password-form.tsx'

/** Changes one's own password. */
export function PasswordPage() {
  const { user } = useSession()
  return (
    <Page title="Password" narrow>
      <Section title="Change your password" description="This signs you out everywhere else.">
        <PasswordForm
          user={user}
          onDone={() => {
            notifyDone('Your password is changed. All your other sessions have ended.')
          }}
        />
      </Section>
    </Page>
  )
}
