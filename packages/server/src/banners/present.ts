import { decide, type Subject } from '@atelier/access'
import type { Banner } from '@atelier/api'
import { bannerTarget } from './service.ts'
import type { BannerRecord } from './store.ts'

/** A banner record, where it stands by the server's clock, and what the caller may do to it. */
export function presentBanner(banner: BannerRecord, caller: Subject, now: Date): Banner {
  const target = bannerTarget(caller)
  return {
    id: banner.id,
    kind: banner.kind,
    format: banner.format,
    body: banner.body,
    background_color: banner.background_color,
    text_color: banner.text_color,
    enabled: banner.enabled,
    dismissible: banner.dismissible,
    starts_at: banner.starts_at,
    ends_at: banner.ends_at,
    revision: banner.revision,
    state: stateOf(banner, now),
    version: banner.version,
    created_at: banner.created_at,
    updated_at: banner.updated_at,
    can: {
      read: decide(caller, 'read', target).allowed,
      update: decide(caller, 'update', target).allowed,
      delete: decide(caller, 'delete', target).allowed,
    },
  }
}

function stateOf(banner: BannerRecord, now: Date): Banner['state'] {
  if (!banner.enabled) return 'off'
  if (banner.ends_at !== null && Date.parse(banner.ends_at) <= now.getTime()) return 'ended'
  if (banner.starts_at !== null && Date.parse(banner.starts_at) > now.getTime()) return 'scheduled'
  return 'shown'
}
