import type { SettingKey } from '@atelier/api'

/** The cards of the page, in their order. */
export const groups = [
  {
    name: 'infrastructure',
    title: 'Infrastructure',
    description: 'Where this server and dev URLs are found, and where it looks for images.',
  },
  {
    name: 'security',
    title: 'Security',
    description: 'Sessions, cookies and keys.',
  },
  {
    name: 'appearance',
    title: 'Appearance',
    description: 'What people read before they sign in. Banners have a page of their own.',
  },
] as const

export const sshAlgorithms = [
  { value: 'ed25519', label: 'Ed25519' },
  { value: 'ecdsa', label: 'ECDSA (P-256)' },
  { value: 'rsa-4096', label: 'RSA (4096 bits)' },
] as const

export const accessLevels = [
  { value: 'private', label: 'Private' },
  { value: 'org', label: 'Organization' },
  { value: 'authed', label: 'Signed in' },
  { value: 'public', label: 'Public' },
] as const

/** The value of a setting as people write it. */
export function valueText(key: SettingKey, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'On' : 'Off'
  if (Array.isArray(value)) return valueText(key, value.join(', '))
  if (value === null || value === '') return emptyText[key] ?? 'Empty'
  if (key === 'session_hours') return amount(Number(value), 'hour')
  if (key === 'api_key_max_age_days') return amount(Number(value), 'day')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const choices = key === 'dev_url_max_access' ? accessLevels : sshAlgorithms
  return choices.find((one) => one.value === text)?.label ?? text
}

/** The same within a sentence. */
export function defaultText(key: SettingKey, value: unknown): string {
  const text = valueText(key, value)
  const isName = typeof value === 'string' && value !== ''
  return isName ? text : text.charAt(0).toLowerCase() + text.slice(1)
}

const emptyText: Readonly<Partial<Record<SettingKey, string>>> = {
  access_url: 'Not set',
  dev_url_host: 'Not set',
  api_key_max_age_days: 'No limit',
  registry_allowed_networks: 'None',
}

function amount(count: number, unit: string): string {
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`
}
