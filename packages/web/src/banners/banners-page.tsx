import type { Banner } from '@atelier/api'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { BannerStrip } from './banner-strips.tsx'

const columns: readonly TableColumn<Banner>[] = [
  { id: 'kind', label: 'Kind', cell: (row) => row.kind },
  { id: 'body', label: 'Text', cell: (row) => <BannerStrip banner={row} /> },
  { id: 'enabled', label: 'Shown', cell: (row) => (row.enabled ? 'Yes' : 'No') },
]

/** All banner records, shown or not. */
export function BannersPage() {
  const client = useClient()
  const banners = useQuery({
    queryKey: ['banners', 'list'],
    queryFn: async ({ signal }) => ({ items: await client.banners.list({ signal }) }),
  })
  return (
    <Page title="Banners" description="Texts shown above and below every page.">
      <DataTable<Banner>
        label="Banners"
        storageKey="banners"
        columns={columns}
        result={banners}
        rowId={(row) => row.id}
        rowName={(row) => row.body}
        empty={{ title: 'No banners yet', text: 'A banner tells everybody something at once.' }}
      />
    </Page>
  )
}
