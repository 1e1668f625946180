import { CloseButton } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { LazyMarkdown } from '../markdown/lazy-markdown.tsx'
import { useClient } from '../session/client.tsx'
import './banner-strips.css'
import { type Shown, shownBannersQuery } from './shown-banners.ts'

const names = {
  header: 'System banner',
  footer: 'System banner, end of page',
  message: 'Announcements',
}

/** The strips of one place: `header` and `message` above the bar, `footer` at the page's end. */
export function BannerStrips({ kind }: { kind: Shown['kind'] }) {
  const { data = [] } = useQuery(shownBannersQuery(useClient()))
  const [dismissed, setDismissed] = useLocalStorage<Record<string, string>>({
    key: 'atelier-dismissed-banners',
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const strips = data.filter(
    (banner) => banner.kind === kind && dismissed[banner.id] !== banner.revision,
  )
  if (strips.length === 0) return null

  return (
    <section aria-label={names[kind]} className="banner-strips">
      {strips.map((banner) => (
        <BannerStrip
          key={banner.id}
          banner={banner}
          onDismiss={() => {
            setDismissed((all) => ({ ...all, [banner.id]: banner.revision }))
          }}
        />
      ))}
    </section>
  )
}

/** One strip, in its own colours. */
export function BannerStrip({
  banner,
  onDismiss,
}: {
  banner: Omit<Shown, 'id' | 'revision'>
  onDismiss?: () => void
}) {
  return (
    <div
      className="banner-strip"
      style={{ backgroundColor: banner.background_color, color: banner.text_color }}
    >
      <div className="banner-strip-text">
        {banner.format === 'markdown' ? <LazyMarkdown>{banner.body}</LazyMarkdown> : banner.body}
      </div>
      {banner.dismissible && onDismiss !== undefined && (
        <CloseButton
          aria-label="Dismiss this announcement"
          className="banner-strip-close"
          onClick={onDismiss}
        />
      )}
    </div>
  )
}
