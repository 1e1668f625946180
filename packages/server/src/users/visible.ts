import type { ListFilter, SiteRole } from '@atelier/access'
import { type ExpressionBuilder, sql, type SqlBool } from 'kysely'
import type { Database, UserStatus } from '../db/schema.ts'
import { anywhere, isShort, wordsOf } from '../db/search.ts'
import { isUuid } from '../platform/ids.ts'

export type UserSort = 'username' | 'name' | 'email' | 'created_at' | 'last_seen_at'

/** Whether a list in this order begins after a moment, and not after a text. */
export function isTimeSort(sort: UserSort): boolean {
  return sort === 'created_at' || sort === 'last_seen_at'
}

export interface UserQuery {
  readonly q?: string | undefined
  readonly role?: SiteRole | undefined
  readonly status?: Exclude<UserStatus, 'deleting'> | undefined
  readonly organization?: string | undefined
  readonly sort: UserSort
  readonly descending: boolean
}

/** What the caller may see: whom in the directory, and of whom the full record. */
export interface UserScope {
  readonly callerId: string
  readonly list: ListFilter
  readonly read: ListFilter
}

/**
 * How the database meets the users of whom it is asked: it finds them by indexes of what they have,
 * or passes by all of them in some order and looks at each.
 */
export type Way = 'found' | 'passed'

type Is = ExpressionBuilder<Database, 'users'>

/** Whom of `users` a query means, among those whom the caller may see. */
export function visible(is: Is, scope: UserScope, query: UserQuery, way: Way = 'found') {
  const readable = filterUsers(is, scope.read, scope.callerId, way)
  const conditions = [filterUsers(is, scope.list, scope.callerId, way)]
  // Filters and orders on what the directory does not show reach only whom the caller may read:
  // otherwise trying values would tell them.
  const beyondDirectory =
    query.role !== undefined ||
    query.status !== undefined ||
    query.organization !== undefined ||
    !['username', 'name'].includes(query.sort)
  if (beyondDirectory && scope.read.kind !== 'all') conditions.push(readable)
  if (query.role !== undefined) conditions.push(is('users.site_role', '=', query.role))
  if (query.status !== undefined) conditions.push(is('users.status', '=', query.status))
  if (query.organization !== undefined) {
    conditions.push(isUuid(query.organization) ? inOrganizations([query.organization], way) : never)
  }
  for (const word of wordsOf(query.q)) {
    const inDirectory = has(is, 'users.directory_search', word, way)
    const inAll = has(is, 'users.search', word, way)
    // The word first: whoever lacks it is not looked up among the organizations.
    conditions.push(
      scope.read.kind === 'all' ? inAll : is.or([inDirectory, is.and([inAll, readable])]),
    )
  }
  return is.and(conditions)
}

function has(is: Is, column: 'users.search' | 'users.directory_search', word: string, way: Way) {
  const reference = sql.ref(column)
  if (way === 'passed') return sql<SqlBool>`strpos(${reference}, ${word}) > 0`
  if (!isShort(word)) return is(column, 'like', anywhere(word))
  // The first is for the index; the second keeps a plan that passes by people from computing it for each.
  return is.and([
    sql<SqlBool>`short_terms(${reference}) @> array[${word}::text]`,
    sql<SqlBool>`strpos(${reference}, ${word}) > 0`,
  ])
}

const always = sql<SqlBool>`true`
const never = sql<SqlBool>`false`

/** The list filter of the access engine as SQL over `users`. */
export function filterUsers(is: Is, filter: ListFilter, callerId: string, way: Way = 'found') {
  if (filter.kind === 'all') return always
  if (filter.kind === 'none') return never
  const self = is('users.id', '=', callerId)
  return is.or([
    ...(filter.own ? [self] : []),
    ...(filter.organizations.length > 0 ? [inOrganizations(filter.organizations, way)] : []),
    ...(filter.ownInOrganizations.length > 0
      ? [is.and([self, inOrganizations(filter.ownInOrganizations, way)])]
      : []),
  ])
}

function inOrganizations(ids: readonly string[], way: Way) {
  const membership = sql`from organization_members m
    where m.user_id = users.id and m.organization_id = any(${ids}::uuid[])`
  if (way === 'found') return sql<SqlBool>`exists (select 1 ${membership})`
  // Unlike `exists`, this is never turned into a join with everybody in the organizations.
  return sql<SqlBool>`(select true ${membership} limit 1)`
}
