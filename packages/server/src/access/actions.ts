import type { Fault } from '../faults.ts'

/** Something to do with an object, whether the tables allow it, and which rule refuses it then. */
export type Action = readonly [name: string, allowed: boolean, objection?: Fault | undefined]

/** What an answer says of the actions: `can`, and why not where a rule refuses what the tables allow. */
export function verdictsOf(actions: readonly Action[]): {
  can: Record<string, boolean>
  cannot: Record<string, string>
} {
  const can: Record<string, boolean> = {}
  const cannot: Record<string, string> = {}
  for (const [action, allowed, objection] of actions) {
    can[action] = allowed && objection === undefined
    if (allowed && objection !== undefined) cannot[action] = objection.message
  }
  return { can, cannot }
}
