import type { Banner } from '@atelier/api'
import { fromLocalTime, toLocalTime } from './local-time.ts'

/** What the form of a banner holds; moments as its fields do, in the reader's time zone. */
export interface BannerValues {
  kind: Banner['kind']
  format: Banner['format']
  body: string
  background_color: string
  text_color: string
  enabled: boolean
  dismissible: boolean
  starts_at: string
  ends_at: string
}

/** The form of a banner, or of a new one: a message, white on black. */
export function valuesOf(banner: Banner | undefined): BannerValues {
  return {
    kind: banner?.kind ?? 'message',
    format: banner?.format ?? 'text',
    body: banner?.body ?? '',
    background_color: banner?.background_color ?? '#000000',
    text_color: banner?.text_color ?? '#ffffff',
    enabled: banner?.enabled ?? true,
    dismissible: banner?.dismissible ?? true,
    starts_at: toLocalTime(banner?.starts_at ?? null),
    ends_at: toLocalTime(banner?.ends_at ?? null),
  }
}

/** The request that the form stands for. */
export function bodyOf(values: BannerValues) {
  return {
    ...values,
    starts_at: fromLocalTime(values.starts_at),
    ends_at: fromLocalTime(values.ends_at),
  }
}

/** What the form changes of a banner; a field that is left alone is not sent. */
export function changesOf(values: BannerValues, banner: Banner) {
  const before: Readonly<Record<string, unknown>> = bodyOf(valuesOf(banner))
  return Object.fromEntries(
    Object.entries(bodyOf(values)).filter(([field, value]) => before[field] !== value),
  )
}
