import { resourceNames, roleNames } from '@atelier/access'

/** A role as people write it: `Site manager`, `Auditor`. */
export function roleLabel(role: string): string {
  return (roleNames as Readonly<Record<string, string>>)[role] ?? words(role)
}

/** A resource as people write it: `API keys`, `Org members`. */
export function resourceLabel(resource: string): string {
  return (resourceNames as Readonly<Record<string, string>>)[resource] ?? words(resource)
}

/** `org_member` → `Org member`, for names that have no better ones. */
export function words(name: string): string {
  const text = name.replace(/[-_]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
