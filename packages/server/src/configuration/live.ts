import { defaultSettings, type SettingKey, type Settings, settings } from '@atelier/api'
import type { Db, Tx } from '../db/schema.ts'
import type { Signals } from '../db/signals.ts'
import type { Log } from '../platform/platform.ts'

/** The settings in force, kept current across server processes. */
export interface LiveSettings {
  current(): Readonly<Settings>
  reload(): Promise<void>
}

/** Reads the settings, and again whenever somebody changes them. */
export async function startLiveSettings(db: Db, signals: Signals, log: Log): Promise<LiveSettings> {
  let values: Readonly<Settings> = defaultSettings
  let asked = 0
  let applied = 0
  const reload = async (): Promise<void> => {
    const mine = ++asked
    const read = await readSettings(db)
    // Of two answers that cross, the one asked for later has seen more.
    if (mine < applied) return
    applied = mine
    values = read
  }
  const reloadLater = (): Promise<void> =>
    reload().catch((error: unknown) => {
      log.warn({ err: error }, 'settings.reload_failed')
    })
  await reload()
  // Answered when it is done: a change of settings is not answered before every process works by it.
  signals.on('settings', reloadLater)
  signals.onDoubt(() => void reloadLater())
  return { current: () => values, reload }
}

/** The stored settings over the defaults; a stored value that is no longer valid counts as unset. */
export async function readSettings(db: Db | Tx): Promise<Readonly<Settings>> {
  const rows = await db.selectFrom('settings').select(['key', 'value']).execute()
  const values: Record<string, unknown> = { ...defaultSettings }
  for (const { key, value } of rows) {
    if (!(key in settings)) continue
    const parsed = settings[key as SettingKey].schema.safeParse(value)
    if (parsed.success) values[key] = parsed.data
  }
  return values as Settings
}
