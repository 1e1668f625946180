import type { Banner } from '@atelier/api'
import { Button, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Megaphone, Plus } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { Notice } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { BannerCard } from './banner-card.tsx'
import { BannerDialog } from './banner-dialog.tsx'
import { BannerStrip } from './banner-strips.tsx'

/** All banner records, shown or not. */
export function BannersPage() {
  const client = useClient()
  const queryClient = useQueryClient()
  const mayCreate = may(useSession(), 'system_banners', 'create')
  const [edited, setEdited] = useState<Banner | 'new'>()
  const [deleted, setDeleted] = useState<Banner>()
  const banners = useQuery({
    queryKey: ['banners', 'list'],
    queryFn: ({ signal }) => client.banners.list({ signal }),
    // Banners begin and end by the clock.
    refetchInterval: 60_000,
  })
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['banners'] })
  const create = (
    <Button
      leftSection={<Plus size={16} aria-hidden="true" />}
      onClick={() => {
        setEdited('new')
      }}
    >
      New banner
    </Button>
  )

  return (
    <Page
      title="Banners"
      description="Texts shown to everybody on every page, the sign-in page too: headers and footers stay, messages can be put away."
      actions={mayCreate && (banners.data?.length ?? 0) > 0 ? create : undefined}
    >
      <QueryView query={banners}>
        {(list) =>
          list.length === 0 ? (
            <Notice icon={<Megaphone />} title="No banners yet">
              <Text>
                A banner tells everybody something at once: how confidential the system is, or when
                it will be down.
              </Text>
              {mayCreate && create}
            </Notice>
          ) : (
            <Stack component="ul" gap="md" m={0} p={0} className="banner-list">
              {list.map((banner) => (
                <BannerCard
                  key={banner.id}
                  banner={banner}
                  onEdit={() => {
                    setEdited(banner)
                  }}
                  onDelete={() => {
                    setDeleted(banner)
                  }}
                  onChanged={refresh}
                />
              ))}
            </Stack>
          )
        }
      </QueryView>
      <BannerDialog
        banner={edited}
        onClose={() => {
          setEdited(undefined)
        }}
        onSaved={refresh}
      />
      <ConfirmDialog
        opened={deleted !== undefined}
        onClose={() => {
          setDeleted(undefined)
        }}
        title="Delete this banner?"
        confirmLabel="Delete banner"
        danger
        onConfirm={async () => {
          if (deleted === undefined) return
          await client.banners.remove({ params: { banner: deleted.id } })
          notifyDone('The banner is deleted.')
          await refresh()
        }}
      >
        {deleted !== undefined && <BannerStrip banner={deleted} />}
        <Text>
          {deleted?.state === 'shown'
            ? 'It disappears from every open page at once.'
            : 'Nobody sees it now; the record goes.'}{' '}
          To keep it for later, turn it off instead.
        </Text>
      </ConfirmDialog>
    </Page>
  )
}
