import { type DevUrl, devUrlLevels } from '@atelier/api'

export type Level = DevUrl['access']

/** The levels as people read them, from few to all, and who may open what has them. */
export const levelWords: Readonly<Record<Level, { readonly name: string; readonly who: string }>> =
  {
    PRIVATE: { name: 'Private', who: 'Only you, who own the workspace.' },
    ORG: { name: 'Organization', who: 'Members of the workspace’s organization.' },
    AUTHED: { name: 'Signed in', who: 'Everybody who is signed in to Atelier.' },
    PUBLIC: { name: 'Public', who: 'Everybody who has the address, without signing in.' },
  }

/** Whether the site permits a level, by the answer of its configuration. */
export function permits(
  levels: Readonly<Record<'private' | 'org' | 'authed' | 'public', boolean>>,
  level: Level,
): boolean {
  return levels[level.toLowerCase() as keyof typeof levels]
}

/** The part of an address that tells dev URLs apart: without the scheme. */
export function shownAddress(url: string): string {
  return url.replace(/^https?:\/\//, '')
}

/** Who may open it, and that it counts for less than was chosen where the site says so. */
export function accessText({ access, effective_access: effective }: DevUrl): string {
  const { name } = levelWords[access]
  return effective === access
    ? name
    : `${name}, limited to ${levelWords[effective].name.toLowerCase()}`
}

export const levels = devUrlLevels
