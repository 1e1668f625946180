import { invalid, refusal } from '../faults.ts'
import type { Objection } from '../users/rules.ts'
import { longestLabel } from './address.ts'
import { type Level, levels } from './dev-url.ts'

/** Kept for what the platform itself runs in workspaces, such as an editor. */
const reserved = { from: 61_200, to: 61_299 }

/** A port of the platform's own must not be led outside past the platform's own checks. */
export function portObjection(port: number): Objection {
  if (port < reserved.from || port > reserved.to) return undefined
  return refusal(
    'dev_url.port',
    `The ports ${reserved.from} to ${reserved.to} are the platform’s own: let the app listen on another one`,
  )
}

/** The words that people know the levels by. */
const words: Readonly<Record<Level, string>> = {
  private: 'private',
  org: 'shared with the organization',
  authed: 'shared with everybody who is signed in',
  public: 'public',
}

/** The site's maximum holds for everybody. */
export function levelObjection(level: Level, max: Level): Objection {
  if (levels.indexOf(level) <= levels.indexOf(max)) return undefined
  return refusal(
    'dev_url.level',
    `On this site a dev URL can be ${words[max]} at most: choose a narrower access, or ask an administrator`,
  )
}

/** Throws where the first part of the host would be longer than DNS allows. */
export function demandShortLabel(label: string, suffix: string, named: boolean): void {
  const length = label.length + suffix.length
  if (length <= longestLabel) return
  throw invalid(
    'name',
    `“${label}${suffix}” has ${length} characters, and a host name allows ${longestLabel}: ` +
      (named ? 'choose a shorter name' : 'give the dev URL a short name'),
  )
}
