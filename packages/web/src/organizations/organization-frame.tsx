import { Group } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { AnchorLink } from '../navigation/links.tsx'
import '../navigation/page-tabs.css'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { DefaultBadge } from './default-badge.tsx'
import './organizations.css'
import type { VisibleOrganization } from './use-organization.ts'

/** What the pages of one organization share: its name, its description, and the way between them. */
export function OrganizationFrame({
  query,
  tab,
  actions,
  children,
}: {
  query: UseQueryResult<VisibleOrganization>
  tab: string
  actions?: ReactNode
  children: (organization: VisibleOrganization) => ReactNode
}) {
  const organization = query.isError ? undefined : query.data
  const name = organization?.name ?? 'Organization'
  return (
    <Page
      title={tab === 'Members' ? name : `${name}: ${tab}`}
      heading={
        <Group component="span" gap="sm">
          {name}
          {organization?.default === true && <DefaultBadge />}
        </Group>
      }
      description={
        organization === undefined || organization.description === ''
          ? undefined
          : organization.description
      }
      parent={{ label: 'Organizations', to: '/organizations' }}
      actions={actions}
    >
      {organization !== undefined && <Tabs organization={organization} />}
      <QueryView query={query}>{children}</QueryView>
    </Page>
  )
}

/** Who may only list the organization has one page of it, and needs no way to another. */
function Tabs({ organization }: { organization: VisibleOrganization }) {
  if (organization.can['read'] !== true) return null
  const params = { organization: organization.id }
  return (
    <nav aria-label={organization.name} className="page-tabs organization-tabs">
      <AnchorLink
        to="/organizations/$organization"
        params={params}
        activeOptions={{ exact: true, includeSearch: false }}
        underline="never"
        className="page-tab"
      >
        Members
      </AnchorLink>
      <AnchorLink
        to="/organizations/$organization/settings"
        params={params}
        underline="never"
        className="page-tab"
      >
        Settings
      </AnchorLink>
    </nav>
  )
}
