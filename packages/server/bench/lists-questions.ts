import type { Cursor, Page } from '../src/http/paging.ts'
import type { Db } from '../src/db/schema.ts'
import * as entries from '../src/audit/list-store.ts'
import * as users from '../src/users/list-store.ts'
import type { UserQuery } from '../src/users/visible.ts'
import { filterFor, type Subject } from '@atelier/access'
import { known } from './lists-data.ts'

/** Something that a page of Users or Audit asks of the database. */
export interface Question {
  readonly name: string
  /** A page of 50 with its capped count, as the routes ask for them. */
  ask(after?: Cursor): Promise<Page<unknown>>
  /** Starts in the middle of the list. */
  readonly deep?: Cursor | undefined
}

export const pageSize = 50

const admin: Subject = { id: known.admin, siteRole: 'site-admin', organizationRoles: {} }
const member: Subject = {
  id: known.member,
  siteRole: 'site-member',
  organizationRoles: { [known.largeOrganization]: 'organization-member' },
}
const manager: Subject = {
  id: known.manager,
  siteRole: 'site-member',
  organizationRoles: { [known.largeOrganization]: 'organization-manager' },
}

type UserWish = Partial<UserQuery>

const userWishes: Readonly<Record<string, UserWish>> = {
  'first page': {},
  'by username, descending': { descending: true },
  'by name': { sort: 'name' },
  'by e-mail': { sort: 'email' },
  'by creation': { sort: 'created_at' },
  'by creation, newest first': { sort: 'created_at', descending: true },
  'by last seen': { sort: 'last_seen_at' },
  'by last seen, latest first': { sort: 'last_seen_at', descending: true },
  'search rare': { q: 'quixote' },
  'search 1 in 1,000': { q: 'xylo' },
  'search 1 in 60': { q: 'lovelace' },
  'search 1 in 50, last in the order': { q: 'yuki' },
  'search common': { q: 'example' },
  'search two words': { q: 'ada lovelace' },
  'search two letters, common': { q: 'an' },
  'search two letters, rare': { q: 'xy' },
  'search two letters, absent': { q: 'qz' },
  'search one letter': { q: 'x' },
  'search absent': { q: 'nobodyhasthis' },
  'search rare, by creation': { q: 'quixote', sort: 'created_at', descending: true },
  'search common, by last seen': { q: 'an', sort: 'last_seen_at', descending: true },
  'role site-manager': { role: 'site-manager' },
  'role site-member': { role: 'site-member' },
  'role site-admin': { role: 'site-admin' },
  'role site-auditor, by last seen': { role: 'site-auditor', sort: 'last_seen_at' },
  'role site-manager, by e-mail': { role: 'site-manager', sort: 'email' },
  'role site-manager, by name': { role: 'site-manager', sort: 'name' },
  'status suspended': { status: 'suspended' },
  'status active': { status: 'active' },
  'status suspended, by creation': { status: 'suspended', sort: 'created_at', descending: true },
  'role and status': { role: 'site-manager', status: 'suspended' },
  'role and status, by e-mail': { role: 'site-auditor', status: 'suspended', sort: 'email' },
  'role and search': { role: 'site-manager', q: 'lovelace' },
  'status and search': { status: 'suspended', q: 'lovelace' },
  'organization of half': { organization: known.largeOrganization },
  'organization of twenty': { organization: known.smallOrganization },
  'organization of twenty, by name': { organization: known.smallOrganization, sort: 'name' },
  'organization of half, by last seen': {
    organization: known.largeOrganization,
    sort: 'last_seen_at',
  },
  'organization and role': { organization: known.largeOrganization, role: 'site-manager' },
  'organization and search': { organization: known.largeOrganization, q: 'lovelace' },
}

const memberWishes: Readonly<Record<string, UserWish>> = {
  'first page': {},
  'search rare': { q: 'quixote' },
  'search common': { q: 'an' },
  'search 1 in 60': { q: 'lovelace' },
  'search absent': { q: 'nobodyhasthis' },
  'by e-mail': { sort: 'email' },
}

/** What is asked of the list of users: as an admin, as a member, and as one organization's manager. */
export function userQuestions(db: Db, total: number): Question[] {
  const asked = (subject: Subject, who: string, wishes: Readonly<Record<string, UserWish>>) =>
    Object.entries(wishes).map(([name, wish]) =>
      userQuestion(db, subject, `Users${who}: ${name}`, wish),
    )
  const deep = (name: string, wish: UserWish, middle: string): Question => ({
    ...userQuestion(db, admin, `Users: ${name}, deep page`, wish),
    deep: [middle, known.member],
  })
  const half = new Date(Date.UTC(2024, 0, 1) + 350 * 86_400_000).toISOString()
  return [
    ...asked(admin, '', userWishes),
    deep('by username', {}, 'julia-kim-' + String(total >> 1)),
    deep('by e-mail', { sort: 'email' }, 'julia-kim'),
    deep('by creation', { sort: 'created_at' }, half),
    deep('search common', { q: 'an' }, 'julia-kim'),
    deep('organization of half', { organization: known.largeOrganization }, 'julia-kim'),
    deep('status active', { status: 'active' }, 'julia-kim'),
    ...asked(member, ' as member', memberWishes),
    ...asked(manager, " as organization's manager", memberWishes),
  ]
}

function userQuestion(db: Db, subject: Subject, name: string, wish: UserWish): Question {
  const list = filterFor(subject, 'list', 'users')
  const read = filterFor(subject, 'read', 'users')
  const scope = { callerId: subject.id, list, read }
  const query = { sort: 'username', descending: false, ...wish } as const
  return {
    name,
    async ask(after) {
      const page = await users.listUsers(db, scope, query, pageSize, after)
      await users.countUsers(db, scope, query)
      return page
    },
  }
}

type EntryWish = Omit<entries.EntryQuery, 'actor'> & { readonly user?: string }

/** What is asked of the audit log; busy and quiet are names of people in it. */
export function entryQuestions(
  db: Db,
  people: { readonly busy: Person; readonly quiet: Person },
): Question[] {
  const { busy, quiet } = people
  const day = Date.UTC(2025, 5, 15) / 1000
  const wishes: Readonly<Record<string, EntryWish>> = {
    'first page': {},
    'user busy, by id': { user: busy.id },
    'user busy, by name': { user: busy.username },
    'user busy, by e-mail': { user: busy.email },
    'user quiet': { user: quiet.username },
    'user unknown': { user: 'nobody-has-this' },
    'action common': { action: 'login' },
    'action rare': { action: 'ssh' },
    'action absent': { action: 'cordon' },
    'type common': { resourceType: 'session' },
    'type rare': { resourceType: 'image' },
    'type absent': { resourceType: 'oauth' },
    'type and action': { resourceType: 'user', action: 'write' },
    'type and action that do not meet': { resourceType: 'image', action: 'login' },
    resource: { resourceId: quiet.id },
    'resource absent': { resourceId: 'nothing' },
    'outcome success': { outcome: 'success' },
    'outcome denied': { outcome: 'denied' },
    'outcome failed': { outcome: 'failed' },
    'a day': { from: day, until: day + 86_400 },
    'until a day': { until: day },
    'after the last': { from: Date.UTC(2027, 0, 1) / 1000 },
    'search rare': { q: 'zebulon' },
    'search 1 in 60': { q: 'lovelace' },
    'search common': { q: 'anders' },
    'search two letters, common': { q: 'an' },
    'search two letters, absent': { q: 'qz' },
    'search absent': { q: 'nobodyhasthis' },
    'user and action': { user: busy.username, action: 'write' },
    'user and action absent': { user: busy.username, action: 'cordon' },
    'user and outcome': { user: busy.username, outcome: 'denied' },
    'user and search': { user: busy.username, q: 'lovelace' },
    'user and day': { user: busy.username, from: day, until: day + 86_400 },
    'action and outcome': { action: 'write', outcome: 'failed' },
    'action and day': { action: 'ssh', from: day, until: day + 86_400 },
    'action and search': { action: 'ssh', q: 'lovelace' },
    'type and outcome': { resourceType: 'image', outcome: 'failed' },
    'outcome and search rare': { outcome: 'denied', q: 'zebulon' },
    'type and search': { resourceType: 'user', q: 'lovelace' },
    everything: {
      user: busy.username,
      action: 'write',
      resourceType: 'user',
      outcome: 'success',
      q: 'lovelace',
      from: day - 86_400 * 30,
      until: day,
    },
  }
  const middle: Cursor = [new Date(day * 1000).toISOString(), known.member]
  const deep = (name: string): Question => ({
    ...entryQuestion(db, `Audit: ${name}, deep page`, wishes[name] ?? {}),
    deep: middle,
  })
  return [
    ...Object.entries(wishes).map(([name, wish]) => entryQuestion(db, `Audit: ${name}`, wish)),
    deep('first page'),
    deep('user busy, by name'),
    deep('action rare'),
    deep('type and action'),
    deep('outcome denied'),
    deep('search 1 in 60'),
  ]
}

export interface Person {
  readonly id: string
  readonly username: string
  readonly email: string
}

function entryQuestion(db: Db, name: string, { user, ...wish }: EntryWish): Question {
  return {
    name,
    async ask(after) {
      const query = {
        ...wish,
        ...(user === undefined ? {} : { actor: await entries.findActors(db, user) }),
      }
      const page = await entries.listEntries(db, query, pageSize, after)
      await entries.countEntries(db, query)
      return page
    },
  }
}
