import { type Level, mayOpen } from '../dev-urls/dev-url.ts'
import type { Principal } from '../sessions/principal.ts'
import type { Destination, Directory } from './directory.ts'

/** What may happen with a request to the host of a dev URL. */
export type Verdict =
  | { readonly kind: 'open'; readonly destination: Destination }
  /** Nobody is known, and somebody who is might be let in; or nothing is here, which looks the same. */
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'hidden' }

/** Decides by the tables, the level of the dev URL and the site's maximum, all as they are now. */
export function judge(
  directory: Directory,
  label: string,
  principal: Principal | undefined,
  max: () => Level,
): Promise<Verdict> | Verdict {
  const found = directory.find(label)
  if (found instanceof Promise) return found.then((one) => verdictOf(one, principal, max()))
  return verdictOf(found, principal, max())
}

function verdictOf(
  destination: Destination | undefined,
  principal: Principal | undefined,
  max: Level,
): Verdict {
  if (destination !== undefined && mayOpen(principal?.subject, destination, max)) {
    return { kind: 'open', destination }
  }
  return { kind: principal === undefined ? 'sign_in' : 'hidden' }
}
