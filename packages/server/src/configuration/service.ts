import { decide, type Subject } from '@atelier/access'
import { type SettingKey, type Settings, settings } from '@atelier/api'
import { hash } from 'node:crypto'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, subjectOf, type Visit } from '../context.ts'
import type { Db } from '../db/schema.ts'
import { demandVersion, invalid } from '../faults.ts'
import { termsVersion } from '../sessions/service.ts'
import { readSettings } from './live.ts'
import { demandSafeSettings } from './rules.ts'
import * as store from './store.ts'

const target = { resource: 'configuration' } as const

export interface Configuration {
  readonly values: Readonly<Settings>
  readonly changes: ReadonlyMap<string, store.SettingRow>
  /** Names the values for `If-Match`: the same values have the same version. */
  readonly version: number
  readonly can: { readonly read: boolean; readonly update: boolean }
}

/** Every setting with its value and its last change. */
export async function readConfiguration(context: Context): Promise<Configuration> {
  authorize(context, 'read', target, 'configuration')
  return load(context.platform.db, subjectOf(context))
}

export type SettingChanges = { readonly [K in SettingKey]?: Settings[K] | undefined }

/**
 * Changes settings, with one audit entry for each group that changes. Every server process works by
 * the new values before this answers.
 */
export async function updateConfiguration(
  context: Context,
  changes: SettingChanges,
  overHttps: boolean,
  ifMatch?: number,
): Promise<Configuration> {
  const { platform } = context
  const named = keysOf(changes)
  const attempt = attemptOn(groupsOf(named).join(', '))
  const changed = await change(context, attempt, [], async (work) => {
    const { tx } = work
    await store.lockSettings(tx)
    authorize(work, 'update', target, 'configuration')
    if (named.length === 0) throw invalid('', 'Name at least one setting to change')
    const before = await readSettings(tx)
    demandVersion(versionOf(before), ifMatch)
    const after: Readonly<Settings> = { ...before, ...valuesOf(changes, named) }
    demandSafeSettings(before, after, overHttps)

    const now = platform.clock.now()
    const differing = named.filter((key) => !sameValue(before[key], after[key]))
    for (const key of differing) {
      await store.saveSetting(tx, key, after[key], work.principal.user.id, now)
    }
    // Saving what is there already leaves its trace too, with nothing changed.
    for (const group of groupsOf(differing.length > 0 ? differing : named)) {
      const keys = differing.filter((key) => settings[key].group === group)
      const diff = diffOf(valuesOf(before, keys), valuesOf(after, keys))
      await recordAudit(work, { ...attemptOn(group), diff })
    }
    await platform.signals.send(tx, 'settings', {})
    return differing
  })

  const { signals } = platform
  await signals.settle()
  await platform.settings.reload()
  if (changed.includes('api_key_max_age_days')) {
    // A key that was looked up between the signal and the reload may be remembered by its old age.
    await signals.send(platform.db, 'access', { users: 'all' })
    await signals.settle()
  }
  return load(platform.db, subjectOf(context))
}

export interface Terms {
  readonly required: boolean
  readonly body: string
  readonly version: string
}

/** The terms that people accept when they sign in; empty while none are required. */
export function readTerms({ platform }: Visit): Terms {
  const { terms_of_service_enabled: required, terms_of_service_body: body } =
    platform.settings.current()
  return required
    ? { required, body, version: termsVersion(body) }
    : { required, body: '', version: '' }
}

async function load(db: Db, caller: Subject): Promise<Configuration> {
  const [values, rows] = await Promise.all([readSettings(db), store.lastChanges(db)])
  return {
    values,
    changes: new Map(rows.map((row) => [row.key, row])),
    version: versionOf(values),
    can: {
      read: decide(caller, 'read', target).allowed,
      update: decide(caller, 'update', target).allowed,
    },
  }
}

function versionOf(values: Readonly<Settings>): number {
  return Number.parseInt(hash('sha256', JSON.stringify(values), 'hex').slice(0, 7), 16)
}

function attemptOn(groups: string) {
  return {
    action: 'write' as const,
    resourceType: 'configuration' as const,
    resourceId: groups,
    target: groups,
  }
}

function keysOf(changes: SettingChanges): readonly SettingKey[] {
  return (Object.keys(settings) as SettingKey[]).filter((key) => changes[key] !== undefined)
}

function groupsOf(keys: readonly SettingKey[]): readonly string[] {
  return [...new Set(keys.map((key) => settings[key].group))]
}

function valuesOf(values: SettingChanges, keys: readonly SettingKey[]): Partial<Settings> {
  return Object.fromEntries(keys.map((key) => [key, values[key]]))
}

function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
