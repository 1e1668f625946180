import { Menu, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { Keyboard, LogOut } from 'lucide-react'
import { MenuItemLink } from '../navigation/links.tsx'
import { RoleBadge } from '../roles/role-badge.tsx'
import { useSession } from '../session/session.ts'
import { useSignOut } from '../session/sign-out.ts'
import { PersonAvatar } from '../users/person.tsx'
import { ColorSchemeChoice } from './color-scheme.tsx'
import { notifyFailed } from './notify.ts'
import { placesIn } from './places.ts'

/** Who is signed in, with which role, and what is theirs. */
export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const session = useSession()
  const signOut = useSignOut()
  const { user } = session
  return (
    <Menu position="bottom-end" width={270}>
      <Menu.Target>
        <UnstyledButton className="bar-account">
          <PersonAvatar person={user} size={30} />
          <VisuallyHidden>Account of {user.name}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="account-who">
          <Text fw={600} truncate>
            {user.name}
          </Text>
          <Text size="xs" c="dimmed" truncate mb={6}>
            {user.email}
          </Text>
          <RoleBadge role={user.role} />
        </div>
        <Menu.Divider />
        {placesIn('account', session).map((place) => (
          <MenuItemLink
            key={place.to}
            to={place.to}
            leftSection={<place.icon size={16} aria-hidden="true" />}
          >
            {place.label}
          </MenuItemLink>
        ))}
        <Menu.Item leftSection={<Keyboard size={16} aria-hidden="true" />} onClick={onHelp}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        <ColorSchemeChoice />
        <Menu.Divider />
        <Menu.Item
          leftSection={<LogOut size={16} aria-hidden="true" />}
          onClick={() => {
            signOut.mutate(undefined, {
              onError: (error) => {
                notifyFailed('You are still signed in', error)
              },
            })
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
