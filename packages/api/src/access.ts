import { marks, resources } from '@atelier/access'
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
      user: Id.optional(),
      operation: z.enum(['create', 'read', 'list', 'update', 'delete']),
      resource: z.enum(resources),
      scope: z.enum(['all', 'own']).optional(),
      org: Id.optional(),
    }),
    ok: 200,
    response: z.object({
      user_id: z.string(),
      allowed: z.boolean(),
      because: z.string().nullable(),
      missing: MissingPermission.nullable(),
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
