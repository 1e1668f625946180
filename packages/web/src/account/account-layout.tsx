import { Outlet } from '@tanstack/react-router'
import { PageTabs } from '../navigation/page-tabs.tsx'

const tabs = [
  { to: '/account/profile', label: 'Profile' },
  { to: '/account/password', label: 'Password' },
  { to: '/account/sessions', label: 'Sessions' },
  { to: '/account/api-keys', label: 'API keys' },
]

/** The pages about one's own account. */
export function AccountLayout() {
  return (
    <>
      <PageTabs label="Account" tabs={tabs} />
      <Outlet />
    </>
  )
}
