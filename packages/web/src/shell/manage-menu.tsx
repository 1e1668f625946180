import { Button, Menu } from '@mantine/core'
import { useLocation } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { MenuItemLink } from '../navigation/links.tsx'
import { useSession } from '../session/session.ts'
import { placesIn } from './places.ts'

/** The Manage menu: the pages about the whole system that this person may open. */
export function ManageMenu() {
  const places = placesIn('manage', useSession())
  const { pathname } = useLocation()
  const here = places.some((place) => pathname.startsWith(place.to))
  return (
    <Menu position="bottom-start" width={330}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="bar-item"
          data-here={here || undefined}
          rightSection={<ChevronDown size={15} aria-hidden="true" />}
        >
          Manage
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {places.map((place) => (
          <MenuItemLink
            key={place.to}
            to={place.to}
            className="menu-place"
            leftSection={<place.icon size={17} aria-hidden="true" />}
          >
            {place.label}
            <span className="menu-place-meaning">{place.meaning}</span>
          </MenuItemLink>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
