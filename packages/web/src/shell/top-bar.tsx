import { ActionIcon, Burger, Drawer, Kbd, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useLocation } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { ButtonLink } from '../navigation/links.tsx'
import { openPalette } from '../palette/store.ts'
import { useSession } from '../session/session.ts'
import { AccountMenu } from './account-menu.tsx'
import { Logo } from './logo.tsx'
import { ManageMenu } from './manage-menu.tsx'
import { placesIn } from './places.ts'
import { SideNavigation } from './side-navigation.tsx'

/** The bar that stays at the top: navigation, the palette's button, the account. */
export function TopBar({ onHelp }: { onHelp: () => void }) {
  const [drawer, { open, close }] = useDisclosure(false)
  const session = useSession()
  const { pathname } = useLocation()
  return (
    <header className="bar">
      <div className="bar-inner">
        <Burger
          opened={drawer}
          onClick={open}
          size="sm"
          className="bar-burger"
          aria-label="Open the navigation"
        />
        <Logo />
        <nav aria-label="Main" className="bar-nav">
          {placesIn('main', session).map((place) => (
            <ButtonLink
              key={place.to}
              to={place.to}
              variant="subtle"
              color="gray"
              className="bar-item"
              data-here={isHere(place.to, pathname) || undefined}
              aria-current={isHere(place.to, pathname) ? 'page' : undefined}
            >
              {place.label}
            </ButtonLink>
          ))}
          <ManageMenu />
        </nav>
        <div className="bar-space" />
        <UnstyledButton className="bar-find" onClick={openPalette} aria-label="Find, Ctrl K">
          <Search size={15} aria-hidden="true" />
          <span>Find…</span>
          <Kbd size="xs">Ctrl K</Kbd>
        </UnstyledButton>
        <ActionIcon
          className="bar-find-small"
          size="lg"
          aria-label="Find a page, an action or a person"
          onClick={openPalette}
        >
          <Search size={18} />
        </ActionIcon>
        <AccountMenu onHelp={onHelp} />
      </div>
      <Drawer opened={drawer} onClose={close} title="Navigation" size="20rem" hiddenFrom="sm">
        <SideNavigation onNavigate={close} />
      </Drawer>
    </header>
  )
}

/** The home page is the list of workspaces, to which their pages belong. */
function isHere(place: string, pathname: string): boolean {
  return place === '/'
    ? pathname === '/' || pathname.startsWith('/workspaces/')
    : pathname.startsWith(place)
}
