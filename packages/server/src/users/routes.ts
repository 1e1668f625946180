import type { FastifyInstance } from 'fastify'
import { subjectOf } from '../context.ts'
import { type Call, registerRoutes, setVersion } from '../http/route.ts'
import { allPages, readCursor, setPageHeaders, streamArray } from '../http/paging.ts'
import type { endpoints } from '@atelier/api'
import type { Platform } from '../platform/platform.ts'
import { changeMany } from './bulk.ts'
import { createUser } from './create.ts'
import { exportUsers, importUsers } from './csv.ts'
import { presentUser, presentVisible } from './present.ts'
import { listRoleOptions, previewRole, previewTransfer, transferSiteAdmin } from './roles.ts'
import * as service from './service.ts'
import { readSshKey, saveUxState } from './self.ts'
import type { UserRecord } from './user.ts'
import { isTimeSort, type UserQuery } from './visible.ts'

/** Users over HTTP: `/api/v0/users` and the transfer of the site admin role. */
export function userRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'users', {
    list: async ({ context, query, request, reply }) => {
      const users = userQuery(query)
      const after = readCursor(query.after, isTimeSort(users.sort) ? 'time' : 'text')
      const caller = subjectOf(context)
      if (query.limit === undefined) {
        // Asked first, so that a refusal is a status and not a broken stream.
        const first = await service.listUsers(context, users, 200, after)
        const rest = allPages((cursor) =>
          cursor === undefined
            ? Promise.resolve(first)
            : service.listUsers(context, users, 200, cursor),
        )
        return streamArray(
          reply,
          present(rest, (user) => presentVisible(user, caller)),
        )
      }
      const [page, total] = await Promise.all([
        service.listUsers(context, users, query.limit, after),
        service.countUsers(context, users),
      ])
      setPageHeaders(request, reply, page.next, total)
      return page.items.map((user) => presentVisible(user, caller))
    },
    get: async ({ context, params, reply }) =>
      answer({ context, reply }, await service.getUser(context, params.user)),
    create: async ({ context, body, reply }) => {
      const { user, password } = await createUser(context, {
        name: body.name,
        username: body.username,
        email: body.email,
        password: body.password,
        temporaryPassword: body.temporary_password,
        organizations: body.organizations,
        role: body.role,
      })
      return { ...answer({ context, reply }, user), password }
    },
    update: async ({ context, params, body, ifMatch, reply }) =>
      answer({ context, reply }, await service.updateUser(context, params.user, body, ifMatch)),
    remove: async ({ context, params }) => ({
      job_id: await service.deleteUser(context, params.user),
    }),
    changeRole: async ({ context, params, body, ifMatch, reply }) =>
      answer(
        { context, reply },
        await service.changeRole(context, params.user, body.role, ifMatch),
      ),
    roleOptions: ({ context, params }) => listRoleOptions(context, params.user),
    rolePreview: ({ context, params, query }) => previewRole(context, params.user, query.role),
    suspend: async ({ context, params, reply }) =>
      answer({ context, reply }, await service.suspendUser(context, params.user, true)),
    reactivate: async ({ context, params, reply }) =>
      answer({ context, reply }, await service.suspendUser(context, params.user, false)),
    resetPassword: async ({ context, params }) => ({
      password: await service.resetPassword(context, params.user),
    }),
    signOut: async ({ context, params }) => ({
      sessions: await service.signOutUser(context, params.user),
    }),
    changePassword: async ({ context, body, reply }) =>
      answer(
        { context, reply },
        await service.changeOwnPassword(context, body.old_password, body.password),
      ),
    bulk: ({ context, body }) => changeMany(context, body),
    import: async ({ context, body }) => {
      const lines = await importUsers(context, body.csv, body.dry_run)
      const good = lines.filter((line) => line.ok).length
      return { dry_run: body.dry_run, good, bad: lines.length - good, lines }
    },
    export: ({ context, query, reply }) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="users.csv"')
        .send(exportUsers(context, userQuery(query))),
    sshKey: ({ context, params }) => readSshKey(context, params.user),
    uxState: ({ context, params, body }) => saveUxState(context, params.user, body),
    transferPreview: async ({ context, query }) => {
      const { from, to, sessions } = await previewTransfer(context, query.user_id)
      return {
        from,
        to,
        sessions: sessions.map(({ user_id, id, user_agent, ip, last_seen_at }) => ({
          user_id,
          id,
          user_agent,
          ip,
          last_seen_at,
        })),
      }
    },
    transfer: async ({ context, body }) => {
      const { siteAdmin, former } = await transferSiteAdmin(context, body.user_id, body.password)
      // The caller has just become a site manager.
      const caller = { ...subjectOf(context), siteRole: former.site_role }
      return { site_admin: presentUser(siteAdmin, caller), former: presentUser(former, caller) }
    },
  })
}

function answer(
  { context, reply }: Pick<Call<typeof endpoints.users.get>, 'context' | 'reply'>,
  user: UserRecord,
) {
  setVersion(reply, user.version)
  return presentUser(user, subjectOf(context))
}

function userQuery(query: {
  q?: string | undefined
  role?: UserQuery['role']
  status?: UserQuery['status']
  organization?: string | undefined
  sort?: string | undefined
}): UserQuery {
  const sort = query.sort ?? 'username'
  const descending = sort.startsWith('-')
  return {
    q: query.q,
    role: query.role,
    status: query.status,
    organization: query.organization,
    sort: (descending ? sort.slice(1) : sort) as UserQuery['sort'],
    descending,
  }
}

async function* present<T, P>(rows: AsyncIterable<T>, one: (row: T) => P): AsyncGenerator<P> {
  for await (const row of rows) yield one(row)
}
