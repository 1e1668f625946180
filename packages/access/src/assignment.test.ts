import { expect, test } from 'vitest'
import {
  assignSiteRole,
  assignSiteRoleToNewUser,
  mayCreateWithRole,
  outranks,
  roleOptions,
} from './assignment.ts'
import { roleMeanings, roleNames, type SiteRole, siteRoles } from './tables.ts'

const letters = {
  '+': undefined,
  O: 'own_role',
  N: 'site_admin_not_assignable',
  A: 'target_is_site_admin',
  M: 'site_manager_by_site_admin_only',
  R: 'outranked',
} as const

type Letter = keyof typeof letters

/** By actor, then target; the four letters are the role asked for, from site admin to member. */
// prettier-ignore
const byHand: Readonly<Record<SiteRole, Readonly<Record<SiteRole, string>>>> = {
  'site-admin': {
    'site-admin':   'AAAA',
    'site-manager': 'N+++',
    'site-auditor': 'N+++',
    'site-member':  'N+++',
  },
  'site-manager': {
    'site-admin':   'AAAA',
    'site-manager': 'RMMM',
    'site-auditor': 'RM++',
    'site-member':  'RM++',
  },
  'site-auditor': {
    'site-admin':   'AAAA',
    'site-manager': 'RRRR',
    'site-auditor': 'RRRR',
    'site-member':  'RRRR',
  },
  'site-member': {
    'site-admin':   'AAAA',
    'site-manager': 'RRRR',
    'site-auditor': 'RRRR',
    'site-member':  'RRRR',
  },
}

/** By actor; the four letters are the role of the new user, from site admin to member. */
const newByHand: Readonly<Record<SiteRole, string>> = {
  'site-admin': 'N+++',
  'site-manager': 'RM++',
  'site-auditor': 'RRRR',
  'site-member': 'RRRR',
}

function refusalOf(letter: string | undefined) {
  return letters[letter as Letter]
}

test('every actor, target and role, the target being somebody else', () => {
  let combinations = 0
  for (const actorRole of siteRoles) {
    for (const targetRole of siteRoles) {
      for (const [index, role] of siteRoles.entries()) {
        const actor = { id: 'actor', siteRole: actorRole }
        const assignment = assignSiteRole(actor, { id: 'target', siteRole: targetRole }, role)
        const refusal = assignment.allowed ? undefined : assignment.refusal
        expect([actorRole, targetRole, role, refusal]).toEqual([
          actorRole,
          targetRole,
          role,
          refusalOf(byHand[actorRole][targetRole][index]),
        ])
        if (!assignment.allowed) expect(assignment.reason).toMatch(/^[A-Z].*: .*\.$/)
        combinations += 1
      }
    }
  }
  expect(combinations).toBe(64)
})

test('nobody changes their own role, whichever they ask for', () => {
  for (const siteRole of siteRoles) {
    for (const role of siteRoles) {
      const me = { id: 'me', siteRole }
      expect(assignSiteRole(me, { ...me }, role)).toMatchObject({ refusal: 'own_role' })
    }
  }
})

test('site admin is never assignable', () => {
  for (const actorRole of siteRoles) {
    expect(mayCreateWithRole(actorRole, 'site-admin')).toBe(false)
    for (const targetRole of siteRoles) {
      const target = { id: 'target', siteRole: targetRole }
      const actor = { id: 'actor', siteRole: actorRole }
      const assignment = assignSiteRole(actor, target, 'site-admin')
      expect(assignment).toMatchObject({
        allowed: false,
        reason: expect.stringContaining('transfer') as string,
      })
    }
  }
})

test('a new user gets a role by the same rule', () => {
  for (const actorRole of siteRoles) {
    for (const [index, role] of siteRoles.entries()) {
      const assignment = assignSiteRoleToNewUser(actorRole, role)
      const refusal = assignment.allowed ? undefined : assignment.refusal
      const expected = refusalOf(newByHand[actorRole][index])
      expect([actorRole, role, refusal]).toEqual([actorRole, role, expected])
      expect(mayCreateWithRole(actorRole, role)).toBe(expected === undefined)
    }
  }
})

test('the rank guard refuses a target that stands higher, and no other', () => {
  for (const [targetRank, targetRole] of siteRoles.entries()) {
    for (const [actorRank, actorRole] of siteRoles.entries()) {
      expect(outranks(targetRole, actorRole)).toBe(targetRank < actorRank)
    }
  }
  expect(outranks('site-admin', 'site-manager')).toBe(true)
  expect(outranks('site-manager', 'site-manager')).toBe(false)
})

test('the options list all four roles with what each means and why it is refused', () => {
  const manager = { id: 'ann', siteRole: 'site-manager' } as const
  const options = roleOptions(manager, { id: 'bob', siteRole: 'site-member' })
  expect(options.map(({ role }) => role)).toEqual(siteRoles)
  expect(options.map(({ name }) => name)).toEqual(siteRoles.map((role) => roleNames[role]))
  expect(options.map(({ meaning }) => meaning)).toEqual(siteRoles.map((role) => roleMeanings[role]))
  expect(options.map(({ current }) => current)).toEqual([false, false, false, true])
  expect(options.map(({ assignable }) => assignable)).toEqual([false, false, true, true])
  expect(options.map(({ reason }) => reason !== undefined)).toEqual([true, true, false, false])
})
