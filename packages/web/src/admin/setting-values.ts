import { type Client, type SettingKey, type Settings, settings } from '@atelier/api'
import { z } from 'zod'

export type Configuration = Awaited<ReturnType<Client['configuration']['get']>>
export type Setting = Configuration['settings'][number] & { readonly key: SettingKey }

/** What a form's fields hold: an empty text stands for no value, lines for the items of a list. */
export type SettingValues = Record<string, string | number | boolean>

/** The settings of one group, in the order of the contract. */
export function settingsOf(configuration: Configuration, group: string): readonly Setting[] {
  return configuration.settings.filter(
    (setting): setting is Setting => setting.group === group && setting.key in settings,
  )
}

/** The fields of a group's form. */
export function valuesOf(list: readonly Setting[]): SettingValues {
  return Object.fromEntries(
    list.map(({ key, value }) => [
      key,
      Array.isArray(value) ? value.join('\n') : ((value ?? '') as string | number | boolean),
    ]),
  )
}

/** The settings that a form's fields stand for. */
export function settingsFrom(values: SettingValues): Partial<Settings> {
  const entries = Object.entries(values).map(([name, value]) => {
    const key = name as SettingKey
    if (Array.isArray(settings[key].default)) return [key, linesOf(String(value))]
    return [key, value === '' && isNullable(key) ? null : value]
  })
  return Object.fromEntries(entries) as Partial<Settings>
}

/** The contract's rules for the fields of a group. */
export function schemaOf(list: readonly Setting[]): z.ZodType {
  return z.strictObject(Object.fromEntries(list.map(({ key }) => [key, settings[key].schema])))
}

/** The settings that a form changes. */
export function changesOf(values: SettingValues, list: readonly Setting[]): Partial<Settings> {
  const before = valuesOf(list)
  const changed = Object.entries(values).filter(([key, value]) => before[key] !== value)
  return settingsFrom(Object.fromEntries(changed))
}

/** Whether two readings of a group have the same values. */
export function sameValues(one: readonly Setting[], other: readonly Setting[]): boolean {
  return JSON.stringify(valuesOf(one)) === JSON.stringify(valuesOf(other))
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function isNullable(key: SettingKey): boolean {
  return settings[key].schema.safeParse(null).success
}
