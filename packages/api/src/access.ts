import { marks, operations, resources } from '@atelier/access'
import { z } from 'zod'
import { Id } from './common.ts'
import { endpoint } from './endpoint.ts'
import { MissingPermission } from './problems.ts'

const Cell = z.enum(['published', 'inherited'])

const RoleTable = z.array(
  z.object({
    role: z.string(),
    name: z.string(),
    meaning: z.string(),
    /** By resource, then by mark; an absent mark is a denial. */
    marks: z.record(z.string(), z.record(z.string(), Cell)),
  }),
)

/** The mark of the tables that allows something, and the role that gives it. */
const Grant = z
  .object({
    role: z.string(),
    resource: z.string(),
    mark: z.string(),
    inherited: z.boolean(),
  })
  .meta({ id: 'Grant' })

export const access = {
  roles: endpoint({
    method: 'GET',
    path: '/api/v0/access/roles',
    summary: 'Both role tables, published and inherited marks apart',
    access: { signedIn: 'The tables are published documentation' },
    ok: 200,
    response: z.object({
      resources: z.array(z.string()),
      marks: z.array(z.object({ code: z.string(), meaning: z.string() })),
      site: RoleTable,
      organization: RoleTable,
    }),
  }),
  check: endpoint({
    method: 'GET',
    path: '/api/v0/access/check',
    summary: 'One decision with its reason, for oneself or for a user whom one may read',
    access: { permission: ['users', 'read'] },
    query: z.strictObject({
      /** Who would do it; the caller when left out. */
      user: Id.optional(),
      operation: z.enum(operations),
      resource: z.enum(resources),
      /** `own`: an object of that user, `all`: anybody's; creating is for oneself when left out. */
      scope: z.enum(['all', 'own']).optional(),
      /** The organization in which the object lies; outside of all when left out. */
      org: Id.optional(),
    }),
    ok: 200,
    response: z.object({
      user_id: z.string(),
      allowed: z.boolean(),
      /** The mark that allows it, as the audit log names it: `site-manager: users Ua`. */
      because: z.string().nullable(),
      grant: Grant.nullable(),
      missing: MissingPermission.nullable(),
      /** The answer and its reason as a sentence. */
      sentence: z.string(),
    }),
  }),
  holders: endpoint({
    method: 'GET',
    path: '/api/v0/access/holders',
    summary: 'Which roles hold a mark, and how many users have each',
    access: { permission: ['users', 'read'] },
    query: z.strictObject({ resource: z.enum(resources), mark: z.enum(marks) }),
    ok: 200,
    response: z.object({
      site: z.array(z.object({ role: z.string(), users: z.number().int() })),
      organization: z.array(z.object({ role: z.string(), members: z.number().int() })),
    }),
  }),
}
