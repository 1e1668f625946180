import { PageTabs } from '../navigation/page-tabs.tsx'

const tabs = [
  { to: '/images', label: 'Images' },
  { to: '/registries', label: 'Registries' },
]

/** Leads from images to the registries that they come from, and back. */
export function RegistryTabs() {
  return <PageTabs label="Images and registries" tabs={tabs} />
}
