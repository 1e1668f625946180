import { roleMeanings } from '@atelier/access'
import type { User } from '@atelier/api'
import { Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { RefusedAction } from '../forms/refused-action.tsx'
import { AnchorLink } from '../navigation/links.tsx'
import { roleLabel } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'
import { Status } from './columns.tsx'
import { useOpenDialog } from './dialogs.ts'
import { credentialsQuery } from './queries.ts'
import { countOf } from './role-effects.tsx'
import { SiteRoleControl } from './site-role.tsx'
import { accountActions } from './user-actions.tsx'

const signIns = {
  'built-in': 'E-mail or username, and a password',
  oidc: 'The organization’s sign-in (OpenID Connect)',
  saml: 'The organization’s sign-in (SAML)',
}

/** The site role, and how the account stands. */
export function AccountSection({ user }: { user: User }) {
  const isSelf = useSession().user.id === user.id
  const credentials = useQuery(credentialsQuery(useClient(), user))
  return (
    <Section title="Account">
      <dl className="user-facts">
        <div>
          <dt>Site role</dt>
          <dd>
            <SiteRoleControl user={user} look="field" />
            <Text size="xs" c="dimmed" mt={6}>
              {roleMeanings[user.role]}
            </Text>
          </dd>
        </div>
        <div>
          <dt>Status</dt>
          <dd>
            <Status user={user} />
            {user.temporary_password && (
              <Text size="xs" c="dimmed" mt={4}>
                The password is temporary: it has to be changed at the next sign-in, before anything
                else works.
              </Text>
            )}
          </dd>
        </div>
        <div>
          <dt>Signs in with</dt>
          <dd>{signIns[user.login_type]}</dd>
        </div>
        <div>
          <dt>Sessions</dt>
          <dd>
            {credentials.data === undefined
              ? '…'
              : countOf(credentials.data.sessions, 'open session')}
            {isSelf && (
              <>
                {' · '}
                <AnchorLink to="/account/sessions">Look at them</AnchorLink>
              </>
            )}
          </dd>
        </div>
        <div data-half>
          <dt>Last seen</dt>
          <dd>
            <Time value={user.last_seen_at} />
          </dd>
        </div>
        <div data-half>
          <dt>Created</dt>
          <dd>
            <Time value={user.created_at} />
          </dd>
        </div>
      </dl>
    </Section>
  )
}

/** The organizations and the role in each. */
export function OrganizationsSection({ user }: { user: User }) {
  return (
    <Section title="Organizations">
      {user.organizations.length === 0 ? (
        <Text c="dimmed">
          None. An organization’s members page is where people are added to it.
        </Text>
      ) : (
        <ul className="user-list">
          {user.organizations.map((one) => (
            <li key={one.id}>
              <AnchorLink to="/organizations/$organization" params={{ organization: one.id }}>
                {one.name}
              </AnchorLink>
              <Text span size="sm" c="dimmed">
                {roleLabel(one.role).replace(/^Organization (.)/, (_, first: string) =>
                  first.toUpperCase(),
                )}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** What can be done to the account, the refused with their reason. */
export function ActionsSection({ user }: { user: User }) {
  const open = useOpenDialog()
  const actions = accountActions(user, open)
  if (actions.length === 0) return null
  return (
    <Section title="Administration">
      <Stack gap="xs">
        {actions.map((action) => (
          <RefusedAction key={action.label} reason={action.refused}>
            <Button
              variant="default"
              justify="flex-start"
              fullWidth
              leftSection={action.icon}
              {...(action.danger === true && action.refused === undefined
                ? { c: 'var(--at-bad)' }
                : {})}
              onClick={action.onSelect}
            >
              {action.label}
            </Button>
          </RefusedAction>
        ))}
      </Stack>
    </Section>
  )
}
