import {
  Box,
  Braces,
  Building2,
  IdCard,
  KeyRound,
  Library,
  type LucideIcon,
  Megaphone,
  ScrollText,
  Server,
  Settings,
  ShieldCheck,
  SquareTerminal,
  UserRound,
  Users,
} from 'lucide-react'
import { may, type Session } from '../session/session.ts'

export interface Place {
  readonly to: string
  readonly label: string
  readonly meaning: string
  readonly icon: LucideIcon
  /** `main`: in the bar itself; `manage`: in the Manage menu; `account`: in the account menu; `find`: by the palette only. */
  readonly menu: 'main' | 'manage' | 'account' | 'find'
  /** Whether the server would show it to this person. */
  readonly open: (session: Session) => boolean
  /** Whether it stands in the menu, where that is asked more narrowly than `open`. */
  readonly listed?: (session: Session) => boolean
}

const everybody = () => true

/** The pages that menus, the drawer and the palette lead to; one line for each. */
export const places: readonly Place[] = [
  {
    to: '/',
    label: 'Workspaces',
    meaning: 'Where you work',
    icon: SquareTerminal,
    menu: 'main',
    open: everybody,
  },
  {
    to: '/users',
    label: 'Users',
    meaning: 'People and their site roles',
    icon: Users,
    menu: 'manage',
    open: (session) => may(session, 'users', 'list', 'read_all'),
  },
  {
    to: '/organizations',
    label: 'Organizations',
    meaning: 'Groups of people and what they share',
    icon: Building2,
    menu: 'manage',
    open: (session) => may(session, 'organizations', 'list', 'read_all'),
  },
  {
    to: '/images',
    label: 'Images',
    meaning: 'What workspaces are made of',
    icon: Box,
    menu: 'manage',
    open: (session) => may(session, 'images', 'read_all'),
  },
  {
    to: '/registries',
    label: 'Registries',
    meaning: 'Where images come from',
    icon: Library,
    menu: 'manage',
    open: (session) => may(session, 'registries', 'read_all'),
  },
  {
    to: '/workspace-providers',
    label: 'Workspace providers',
    meaning: 'What runs workspaces',
    icon: Server,
    menu: 'manage',
    open: (session) => may(session, 'configuration', 'read_all'),
    listed: (session) => may(session, 'configuration', 'update_all'),
  },
  {
    to: '/api-keys',
    label: 'API keys',
    meaning: 'The API keys of everybody',
    icon: KeyRound,
    menu: 'manage',
    open: (session) => may(session, 'api_keys', 'read_all'),
  },
  {
    to: '/audit',
    label: 'Audit',
    meaning: 'Who did what, when, and what was refused',
    icon: ScrollText,
    menu: 'manage',
    open: (session) => may(session, 'audit_logs', 'read_all'),
  },
  {
    to: '/banners',
    label: 'Banners',
    meaning: 'Texts shown above and below every page',
    icon: Megaphone,
    menu: 'manage',
    open: (session) => may(session, 'system_banners', 'read_all'),
    listed: (session) => may(session, 'system_banners', 'create', 'update_all', 'delete_all'),
  },
  {
    to: '/admin',
    label: 'Admin',
    meaning: 'Configuration of the system',
    icon: Settings,
    menu: 'manage',
    open: (session) => may(session, 'configuration', 'read_all'),
    listed: (session) => may(session, 'configuration', 'update_all'),
  },
  {
    to: '/roles',
    label: 'Roles',
    meaning: 'What each role may do',
    icon: ShieldCheck,
    menu: 'manage',
    open: everybody,
  },
  {
    to: '/overview',
    label: 'Overview',
    meaning: 'Who you are and what you may do',
    icon: IdCard,
    menu: 'account',
    open: everybody,
  },
  {
    to: '/account/profile',
    label: 'Profile',
    meaning: 'Your name, username and e-mail address',
    icon: UserRound,
    menu: 'account',
    open: everybody,
  },
  {
    to: '/account/password',
    label: 'Password',
    meaning: 'Change your password',
    icon: KeyRound,
    menu: 'find',
    open: everybody,
  },
  {
    to: '/account/sessions',
    label: 'Sessions',
    meaning: 'Where you are signed in',
    icon: ShieldCheck,
    menu: 'find',
    open: everybody,
  },
  {
    to: '/account/api-keys',
    label: 'My API keys',
    meaning: 'Keys for programs that act for you',
    icon: KeyRound,
    menu: 'account',
    open: everybody,
  },
  {
    to: '/api-docs',
    label: 'API',
    meaning: 'Every route of this server, and how to call it',
    icon: Braces,
    menu: 'account',
    open: everybody,
  },
]

/** The places of one menu that this person is shown. */
export function placesIn(menu: Place['menu'], session: Session): readonly Place[] {
  return places.filter((place) => place.menu === menu && (place.listed ?? place.open)(session))
}
