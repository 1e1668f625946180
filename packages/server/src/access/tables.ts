import {
  holds,
  type Mark,
  marks,
  organizationRoles,
  resources,
  type Role,
  roleMeanings,
  roleNames,
  siteRoles,
} from '@atelier/access'

/** What each mark of the tables means. */
const meanings: Readonly<Record<Mark, string>> = {
  C: 'create',
  Ra: 'read all',
  Ro: 'read own',
  L: 'list',
  Ua: 'update all',
  Uo: 'update own',
  Da: 'delete all',
  Do: 'delete own',
}

/** Both role tables with every mark, published and inherited ones apart. */
export const roleTables = {
  resources: [...resources],
  marks: marks.map((code) => ({ code, meaning: meanings[code] })),
  site: siteRoles.map(columnOf),
  organization: organizationRoles.map(columnOf),
}

/** A mark in words: `update all`. */
export function meaningOf(mark: string): string {
  return meanings[mark as Mark]
}

function columnOf(role: Role) {
  const cells = resources.map((resource) => [
    resource,
    Object.fromEntries(
      marks.flatMap((mark) => {
        const holding = holds(role, resource, mark)
        return holding === undefined ? [] : [[mark, holding] as const]
      }),
    ),
  ])
  return {
    role,
    name: roleNames[role],
    meaning: roleMeanings[role],
    marks: Object.fromEntries(cells) as Record<string, Record<string, 'published' | 'inherited'>>,
  }
}
