import { type OrganizationRole, organizationRoles, roleMeanings, roleNames } from '@atelier/access'

/** A role's name where the page speaks of organizations anyway: `Image manager`. */
export function shortRole(role: OrganizationRole): string {
  const name = roleNames[role].replace(/^Organization /, '')
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** The five organization roles as choices, highest first. */
export const roleChoices = organizationRoles.map((role) => ({
  value: role,
  label: shortRole(role),
  meaning: roleMeanings[role],
}))
