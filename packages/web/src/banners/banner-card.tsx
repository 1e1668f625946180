import type { Banner } from '@atelier/api'
import { Badge, Button, Switch, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import { useClient } from '../session/client.tsx'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { ExactTime, Time } from '../time/time.tsx'
import './banner-card.css'
import { BannerStrip } from './banner-strips.tsx'

const kinds = { header: 'Header', footer: 'Footer', message: 'Message' } as const

const states = {
  shown: { label: 'Shown now', color: 'green' },
  scheduled: { label: 'Scheduled', color: 'brand' },
  ended: { label: 'Ended', color: 'gray' },
  off: { label: 'Off', color: 'gray' },
} as const

interface Props {
  banner: Banner
  onEdit: () => void
  onDelete: () => void
  onChanged: () => Promise<unknown>
}

/** One banner as everybody sees it, where it stands, and what may be done to it. */
export function BannerCard({ banner, onEdit, onDelete, onChanged }: Props) {
  const client = useClient()
  const state = states[banner.state]
  const name = banner.body.trim().split('\n', 1)[0] ?? ''
  const turn = useMutation({
    mutationFn: (enabled: boolean) =>
      client.banners.update({
        params: { banner: banner.id },
        body: { enabled },
        headers: { 'if-match': `"${banner.version}"` },
      }),
    onSuccess: (updated) => {
      notifyDone(updated.enabled ? 'The banner is on.' : 'The banner is off.')
    },
    onError: (error) => {
      notifyFailed('The banner is as it was', error)
    },
    onSettled: onChanged,
  })

  return (
    <li className="banner-card">
      <div className="banner-card-preview" data-faded={banner.state !== 'shown' || undefined}>
        <BannerStrip banner={banner} />
      </div>
      <div className="banner-card-facts">
        <div className="banner-card-what">
          <Badge variant="default">{kinds[banner.kind]}</Badge>
          <Badge color={state.color}>{state.label}</Badge>
          <Text size="sm" c="dimmed">
            <Period banner={banner} /> Changed <Time value={banner.updated_at} />.
          </Text>
        </div>
        <div className="banner-card-actions">
          {banner.can['update'] === true && (
            <>
              <Switch
                label="On"
                aria-label={`Banner “${name}” is on`}
                checked={turn.isPending ? turn.variables : banner.enabled}
                onChange={(event) => {
                  turn.mutate(event.currentTarget.checked)
                }}
              />
              <Button
                variant="default"
                size="xs"
                leftSection={<Pencil size={14} aria-hidden="true" />}
                aria-label={`Edit banner “${name}”`}
                onClick={onEdit}
              >
                Edit
              </Button>
            </>
          )}
          {banner.can['delete'] === true && (
            <Button
              variant="default"
              size="xs"
              leftSection={<Trash2 size={14} aria-hidden="true" />}
              aria-label={`Delete banner “${name}”`}
              onClick={onDelete}
            >
              Delete
            </Button>
          )}
        </div>
      </div>
    </li>
  )
}

function Period({ banner }: { banner: Banner }) {
  const { starts_at: start, ends_at: end } = banner
  if (start === null && end === null) return <>No end.</>
  return (
    <>
      {start !== null && (
        <>
          From <ExactTime value={start} />
        </>
      )}
      {start !== null && end !== null && ' '}
      {end !== null && (
        <>
          {start === null ? 'Until' : 'until'} <ExactTime value={end} />
        </>
      )}
      .
    </>
  )
}
