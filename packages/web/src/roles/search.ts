import { operations, type Resource, resources } from '@atelier/access'
import { z } from 'zod'

/** The question of the checker, kept in the address so that an answer can be linked to. */
export const roleSearch = z.object({
  user: z.string().max(64).optional().catch(undefined),
  operation: z.enum(operations).optional().catch(undefined),
  resource: z.enum(resources).optional().catch(undefined),
  scope: z.enum(['all', 'own']).optional().catch(undefined),
  org: z.string().max(64).optional().catch(undefined),
})

export type RoleSearch = z.infer<typeof roleSearch>

export interface AccessQuestion {
  readonly user: string | undefined
  readonly operation: (typeof operations)[number]
  readonly resource: Resource
  readonly scope: 'all' | 'own'
  readonly org: string | undefined
}
