import { Group, SimpleGrid, Text } from '@mantine/core'
import { AnchorLink } from '../navigation/links.tsx'
import { RoleBadge } from '../roles/role-badge.tsx'
import { useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { placesIn } from '../shell/places.ts'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'
import { PersonAvatar } from '../users/person.tsx'
import './overview-page.css'
import { OwnRights } from './own-rights.tsx'

/** Who am I, where may I go, what may I do. */
export function OverviewPage() {
  const session = useSession()
  const { user } = session
  const places = [
    ...placesIn('main', session),
    ...placesIn('manage', session),
    ...placesIn('account', session),
  ]
  return (
    <Page
      title={`Welcome, ${user.name}`}
      heading={
        <Group gap="sm" wrap="nowrap">
          <PersonAvatar person={user} size={44} />
          <span>Welcome, {user.name}</span>
        </Group>
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {places.map((place) => (
          <AnchorLink key={place.to} to={place.to} underline="never" className="shortcut">
            <place.icon size={18} aria-hidden="true" className="shortcut-icon" />
            <span>
              <span className="shortcut-label">{place.label}</span>
              <span className="shortcut-meaning">{place.meaning}</span>
            </span>
          </AnchorLink>
        ))}
      </SimpleGrid>
      <div className="overview-columns">
        <Section title="You">
          <dl className="facts">
            <div>
              <dt>Site role</dt>
              <dd>
                <RoleBadge role={user.role} />
              </dd>
            </div>
            <div>
              <dt>Username</dt>
              <dd>{user.username}</dd>
            </div>
            <div>
              <dt>E-mail</dt>
              <dd>{user.email}</dd>
            </div>
            <div>
              <dt>Organizations</dt>
              <dd>
                {user.organizations.length === 0 && <Text c="dimmed">None yet</Text>}
                {user.organizations.map((organization) => (
                  <div key={organization.id} className="overview-organization">
                    <span>{organization.name}</span>
                    <RoleBadge role={organization.role} />
                  </div>
                ))}
              </dd>
            </div>
            <div>
              <dt>Member since</dt>
              <dd>
                <Time value={user.created_at} />
              </dd>
            </div>
          </dl>
        </Section>
        <Section
          title="What you may do"
          description={
            <>
              By your site role, or in at least one of your organizations. Why, is in the{' '}
              <AnchorLink to="/roles" underline="always" inherit>
                role tables
              </AnchorLink>
              .
            </>
          }
        >
          <OwnRights can={session.can} />
        </Section>
      </div>
    </Page>
  )
}
