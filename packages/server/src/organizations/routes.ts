import { type OrganizationRole, parseOrganizationRole } from '@atelier/access'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { invalid } from '../faults.ts'
import {
  type Cursor,
  readCursor,
  setPageHeaders,
  streamArray,
  streamPages,
} from '../http/paging.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { addMember, changeMemberRole, openMembers, removeMember } from './members.ts'
import type { OrganizationRecord } from './organization.ts'
import { presentMember, presentOrganization, presentVisible } from './present.ts'
import { deleteOrganization, previewRemoval } from './removal.ts'
import * as service from './service.ts'

/** Organizations and their members over HTTP: `/api/v0/orgs`. */
export function organizationRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'organizations', {
    list: async ({ context, query, request, reply }) => {
      const wanted = query.members ?? 'true'
      const caller = subjectOf(context)
      const page = (limit: number, after: Cursor | undefined) =>
        service.listOrganizations(context, query.q, wanted, limit, after)
      const present = ({ organization, members }: service.OrganizationAndMembers) =>
        presentVisible(organization, members, caller)
      const after = readCursor(query.after, 'text')
      if (query.limit === undefined) {
        return streamArray(reply, await streamPages((from) => page(20, from), after, present))
      }
      const [found, total] = await Promise.all([
        page(query.limit, after),
        service.countOrganizations(context, query.q),
      ])
      setPageHeaders(request, reply, found.next, total)
      return found.items.map(present)
    },
    get: async ({ context, params, query, reply }) => {
      const wanted = query.members ?? 'true'
      const found = await service.getOrganization(context, params.organization, wanted)
      setVersion(reply, found.organization.version)
      return presentOrganization(found.organization, found.members, subjectOf(context))
    },
    create: async ({ context, body, reply }) => {
      const input = { ...body, default_role: roleIfAny(body.default_role) }
      return answer(context, reply, await service.createOrganization(context, input))
    },
    update: async ({ context, params, body, ifMatch, reply }) => {
      const changes = { ...body, default_role: roleIfAny(body.default_role) }
      const { organization: id } = params
      return answer(context, reply, await service.updateOrganization(context, id, changes, ifMatch))
    },
    remove: async ({ context, params }) => {
      await deleteOrganization(context, params.organization)
      return null
    },
    removal: async ({ context, params }) => {
      const { members, moving, to, objection } = await previewRemoval(context, params.organization)
      const allowed = objection === undefined
      return { members, moving, to: to ?? null, allowed, reason: objection ?? null }
    },
    members: async ({ context, params, query, request, reply }) => {
      const caller = subjectOf(context)
      const filter = { q: query.q, role: roleIfAny(query.role) }
      const members = await openMembers(context, params.organization, filter)
      const after = readCursor(query.after, 'text')
      const present = (member: Parameters<typeof presentMember>[0]) => presentMember(member, caller)
      if (query.limit === undefined) {
        return streamArray(
          reply,
          await streamPages((from) => members.page(200, from), after, present),
        )
      }
      const [found, total] = await Promise.all([members.page(query.limit, after), members.count()])
      setPageHeaders(request, reply, found.next, total)
      return found.items.map(present)
    },
    addMember: async ({ context, params, body }) =>
      presentMember(
        await addMember(context, params.organization, body.user_id, roleIfAny(body.role)),
        subjectOf(context),
      ),
    changeMemberRole: async ({ context, params, body }) =>
      presentMember(
        await changeMemberRole(context, params.organization, params.user, roleOf(body.role)),
        subjectOf(context),
      ),
    // `delete_workspaces` is accepted already: nobody can own a workspace yet (rules.ts).
    removeMember: async ({ context, params, query }) => {
      const deletesWorkspaces = query.delete_workspaces === 'true'
      await removeMember(context, params.organization, params.user, deletesWorkspaces)
      return null
    },
  })
}

function answer(context: Context, reply: FastifyReply, organization: OrganizationRecord) {
  setVersion(reply, organization.version)
  return presentOrganization(organization, [], subjectOf(context))
}

type GivenRole = OrganizationRole | 'organization-admin'

/** The role that a request names; the older name of the super manager is read as such. */
function roleOf(given: GivenRole): OrganizationRole {
  const role = parseOrganizationRole(given)
  if (role === undefined) throw invalid('role', 'Choose one of the five organization roles')
  return role
}

function roleIfAny(given: GivenRole | null | undefined): OrganizationRole | undefined {
  return given == null ? undefined : roleOf(given)
}
