import { SideLink } from '../navigation/links.tsx'
import { useSession } from '../session/session.ts'
import { type Place, placesIn } from './places.ts'

/** The same places as the bar's menus, as a list for narrow screens. */
export function SideNavigation({ onNavigate }: { onNavigate: () => void }) {
  const session = useSession()
  const row = (place: Place) => (
    <SideLink
      key={place.to}
      to={place.to}
      label={place.label}
      leftSection={<place.icon size={18} aria-hidden="true" />}
      activeProps={{ active: true }}
      activeOptions={{ exact: place.to === '/' }}
      onClick={onNavigate}
    />
  )
  return (
    <nav aria-label="All pages">
      {placesIn('main', session).map(row)}
      <p className="side-label">Manage</p>
      {placesIn('manage', session).map(row)}
      <p className="side-label">Account</p>
      {placesIn('account', session).map(row)}
    </nav>
  )
}
