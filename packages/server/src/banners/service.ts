import { filterFor, type Subject, type Target } from '@atelier/access'
import { contrastRatio, minimumContrast } from '@atelier/api'
import { hash } from 'node:crypto'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, denied, subjectOf, type Visit } from '../context.ts'
import type { AuditDiff } from '../db/schema.ts'
import { demandVersion, notFound } from '../faults.ts'
import { newId } from '../platform/ids.ts'
import { demandGoodBanner, momentOf } from './rules.ts'
import * as banners from './store.ts'
import type { BannerRecord } from './store.ts'

/** The banners that everybody sees at this moment, by the server's clock. */
export async function listShown(visit: Visit): Promise<readonly BannerRecord[]> {
  return banners.shownBanners(visit.platform.db, visit.platform.clock.now())
}

/** Every banner record, shown or not. */
export async function listBanners(context: Context): Promise<readonly BannerRecord[]> {
  // A mark on any banner is a mark on all: each lies in every organization.
  const filter = filterFor(subjectOf(context), 'read', 'system_banners')
  if (filter.kind === 'none') throw denied(filter.missing, 'list of banners')
  return banners.listBanners(context.platform.db)
}

/** One banner; 404 to whom may not read banners. */
export async function getBanner(context: Context, id: string): Promise<BannerRecord> {
  const banner = await banners.findBanner(context.platform.db, id)
  if (banner === undefined) throw notFound('banner')
  authorize(context, 'read', bannerTarget(subjectOf(context)), 'banner')
  return banner
}

export interface BannerChanges {
  readonly format?: BannerRecord['format'] | undefined
  readonly body?: string | undefined
  readonly background_color?: string | undefined
  readonly text_color?: string | undefined
  readonly enabled?: boolean | undefined
  readonly dismissible?: boolean | undefined
  readonly starts_at?: string | null | undefined
  readonly ends_at?: string | null | undefined
}

export interface NewBanner extends BannerChanges {
  readonly kind: BannerRecord['kind']
  readonly body: string
}

/** Creates a banner; open pages show it at once. */
export async function createBanner(context: Context, input: NewBanner): Promise<BannerRecord> {
  const attempt = bannerAttempt('create', '', nameOf(input))
  return change(context, attempt, [], async (work) => {
    authorize(work, 'create', bannerTarget(subjectOf(work)), 'banner')
    const background = input.background_color ?? '#000000'
    const chosen = {
      kind: input.kind,
      format: input.format ?? 'text',
      body: input.body,
      background_color: background,
      text_color: input.text_color ?? textColorOn(background),
      enabled: input.enabled ?? true,
      dismissible: input.dismissible ?? input.kind === 'message',
      ...momentsOf(input, { starts_at: null, ends_at: null }),
    }
    demandGoodBanner(chosen)

    const now = work.platform.clock.now()
    const banner = await banners.insertBanner(work.tx, {
      id: newId(now),
      ...chosen,
      revision: revisionOf(chosen),
      created_at: now,
      updated_at: now,
    })
    attempt.resourceId = banner.id
    await recordAudit(work, { ...attempt, diff: diffOf({}, chosen) })
    await work.platform.signals.send(work.tx, 'banners', {})
    return banner
  })
}

/** Changes a banner; a dismissed message that says something new comes back. */
export async function updateBanner(
  context: Context,
  id: string,
  changes: BannerChanges,
  ifMatch?: number,
): Promise<BannerRecord> {
  const attempt = bannerAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const banner = await banners.lockBanner(work.tx, id)
    if (banner === undefined) throw notFound('banner')
    attempt.target = nameOf(banner)
    authorize(work, 'update', bannerTarget(subjectOf(work)), 'banner')
    demandVersion(banner.version, ifMatch)

    const chosen = {
      kind: banner.kind,
      format: changes.format ?? banner.format,
      body: changes.body ?? banner.body,
      background_color: changes.background_color ?? banner.background_color,
      text_color: changes.text_color ?? banner.text_color,
      enabled: changes.enabled ?? banner.enabled,
      dismissible: changes.dismissible ?? banner.dismissible,
      ...momentsOf(changes, banner),
    }
    demandGoodBanner(chosen)

    const updated = await banners.updateBanner(work.tx, id, {
      ...chosen,
      revision: revisionOf(chosen),
      updated_at: work.platform.clock.now(),
    })
    await recordAudit(work, { ...attempt, diff: diffOf(banner, chosen) })
    await work.platform.signals.send(work.tx, 'banners', {})
    return updated
  })
}

/** Deletes a banner; it leaves open pages at once. */
export async function deleteBanner(context: Context, id: string, ifMatch?: number): Promise<void> {
  const attempt = bannerAttempt('delete', id)
  await change(context, attempt, [], async (work) => {
    const banner = await banners.lockBanner(work.tx, id)
    if (banner === undefined) throw notFound('banner')
    attempt.target = nameOf(banner)
    authorize(work, 'delete', bannerTarget(subjectOf(work)), 'banner')
    demandVersion(banner.version, ifMatch)

    await banners.deleteBanner(work.tx, id)
    await recordAudit(work, { ...attempt, diff: lossOf(banner) })
    await work.platform.signals.send(work.tx, 'banners', {})
  })
}

/**
 * Banners as a target of the access engine. They stand on the pages of every organization, so the
 * read mark that organization roles hold reaches them.
 */
export function bannerTarget(subject: Subject): Target {
  return { resource: 'system_banners', organizationIds: Object.keys(subject.organizationRoles) }
}

/** Changes with what a reader sees: a dismissed message comes back when it says something new. */
function revisionOf(banner: Pick<BannerRecord, 'kind' | 'body' | 'format'>): string {
  const content = JSON.stringify([banner.kind, banner.format, banner.body])
  return hash('sha256', content, 'hex').slice(0, 16)
}

/** White, the default, unless the background is too light for it. */
function textColorOn(background: string): string {
  return contrastRatio('#ffffff', background) >= minimumContrast ? '#ffffff' : '#000000'
}

function momentsOf(
  changes: Pick<BannerChanges, 'starts_at' | 'ends_at'>,
  before: Pick<BannerRecord, 'starts_at' | 'ends_at'>,
): Pick<BannerRecord, 'starts_at' | 'ends_at'> {
  const moment = (field: 'starts_at' | 'ends_at'): string | null => {
    const value = changes[field]
    if (value === undefined) return before[field]
    return value === null ? null : momentOf(field, value)
  }
  return { starts_at: moment('starts_at'), ends_at: moment('ends_at') }
}

function bannerAttempt(action: 'create' | 'write' | 'delete', id: string, target = '') {
  return { action, resourceType: 'system_banner' as const, resourceId: id, target }
}

/** How the audit log calls a banner: its kind and how its text begins. */
function nameOf(banner: Pick<BannerRecord, 'kind' | 'body'>): string {
  const text = banner.body.trim().replace(/\s+/g, ' ')
  return `${banner.kind}: ${text.length > 80 ? `${text.slice(0, 79)}…` : text}`
}

function lossOf(banner: BannerRecord): AuditDiff {
  const { kind, format, body, background_color, text_color, enabled, dismissible } = banner
  const { starts_at, ends_at } = banner
  const lost = { kind, format, body, background_color, text_color, enabled, dismissible }
  return Object.fromEntries(
    Object.entries({ ...lost, starts_at, ends_at }).map(([field, before]) => [
      field,
      { before, after: null },
    ]),
  )
}
