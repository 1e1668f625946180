import { describe, expect, test } from 'vitest'
import { decide, describeGrant, holdsMark } from './decide.ts'
import type { Operation } from './scopes.ts'
import type { Subject, Target } from './subject.ts'
import type { OrganizationRole, SiteRole } from './tables.ts'

function someone(
  siteRole: SiteRole,
  organizationRoles: Record<string, OrganizationRole> = {},
  scopes?: Subject['scopes'],
): Subject {
  return { id: 'me', siteRole, organizationRoles, scopes }
}

function answer(subject: Subject, operation: Operation, target: Target): string {
  const decision = decide(subject, operation, target)
  if (decision.allowed) return describeGrant(decision.grant)
  const { ownership, mark, siteRoles, organizationRoles, keyScope } = decision.missing
  const roles = [...siteRoles, ...organizationRoles].join(', ')
  const scope = keyScope === undefined ? '' : ` scope ${keyScope}`
  return `denied: ${ownership} ${mark} [${roles}]${scope}`
}

const member = someone('site-member')
const admin = someone('site-admin')
const myUser: Target = { resource: 'users', ownerId: 'me' }
const herUser: Target = { resource: 'users', ownerId: 'her' }
const herWorkspace: Target = { resource: 'workspaces', organizationIds: ['red'], ownerId: 'her' }
const myWorkspace: Target = { ...herWorkspace, ownerId: 'me' }

describe('the answer names the mark', () => {
  test.each([
    [someone('site-manager'), 'update', herUser, 'site-manager: users Ua'],
    [member, 'update', myUser, 'site-member: users Uo'],
    [member, 'list', herUser, 'site-member: users L'],
    [someone('site-auditor'), 'read', { resource: 'audit_logs' }, 'site-auditor: audit_logs Ra'],
    [
      someone('site-auditor'),
      'read',
      { resource: 'dev_urls', ownerId: 'me' },
      'site-auditor: dev_urls Ro (inherited)',
    ],
    [
      someone('site-member', { red: 'organization-super-manager' }),
      'update',
      herWorkspace,
      'organization-super-manager: workspaces Ua',
    ],
    // Both roles would do: the site's is named.
    [
      someone('site-manager', { red: 'organization-super-manager' }),
      'update',
      herWorkspace,
      'site-manager: workspaces Ua',
    ],
    // Ra covers L where the role has no L of its own.
    [member, 'list', { resource: 'configuration' }, 'site-member: configuration Ra'],
    [member, 'list', { resource: 'api_keys', ownerId: 'me' }, 'site-member: api_keys Ro'],
  ] as const)('%#', (subject, operation, target, expected) => {
    expect(answer(subject, operation, target)).toBe(expected)
  })
})

describe('a denial names what is missing and who would have it', () => {
  test.each([
    [member, 'update', herUser, 'denied: all Ua [site-admin, site-manager]'],
    [
      member,
      'read',
      { resource: 'audit_logs' },
      'denied: all Ra [site-admin, site-manager, site-auditor]',
    ],
    [
      member,
      'update',
      herWorkspace,
      'denied: all Ua [site-admin, site-manager, organization-super-manager]',
    ],
    // Outside an organization no organization role is offered.
    [member, 'update', { resource: 'workspaces' }, 'denied: all Ua [site-admin, site-manager]'],
    [
      member,
      'delete',
      myWorkspace,
      'denied: own Do [site-admin, site-manager, organization-super-manager, organization-manager, organization-image-manager, organization-importer, organization-member]',
    ],
    // Nobody has a `Uo` on images, so being called their owner does not help.
    [
      member,
      'update',
      { resource: 'images', organizationIds: ['red'], ownerId: 'me' },
      'denied: all Ua [site-admin, site-manager, organization-super-manager, organization-manager, organization-image-manager]',
    ],
    [member, 'list', { resource: 'api_keys' }, 'denied: all L [site-admin]'],
    [member, 'list', { resource: 'workspaces' }, 'denied: all Ra [site-admin, site-manager]'],
    [admin, 'delete', myUser, 'denied: own Do []'],
    [admin, 'delete', { resource: 'audit_logs' }, 'denied: all Da []'],
    [admin, 'create', { resource: 'oauth' }, 'denied: own C []'],
  ] as const)('%#', (subject, operation, target, expected) => {
    expect(answer(subject, operation, target)).toBe(expected)
  })
})

describe('roles of an organization', () => {
  test('count in that organization only', () => {
    const subject = someone('site-member', { blue: 'organization-super-manager' })
    expect(decide(subject, 'read', herWorkspace).allowed).toBe(false)
    expect(decide(subject, 'read', { ...herWorkspace, organizationIds: ['blue'] }).allowed).toBe(
      true,
    )
    expect(decide(subject, 'read', { ...herWorkspace, organizationIds: [] }).allowed).toBe(false)
  })

  test('count for a user who is in any of them', () => {
    const subject = someone('site-member', { blue: 'organization-manager' })
    const her = { ...herUser, organizationIds: ['red', 'blue', 'green'] }
    expect(answer(subject, 'read', her)).toBe('organization-manager: users Ra')
  })

  test('give nothing under a name that every object has, or as a site role', () => {
    for (const id of ['constructor', '__proto__', 'toString']) {
      const target = { ...herWorkspace, organizationIds: [id] }
      expect(decide(member, 'read', target).allowed).toBe(false)
    }
    const forged = { red: 'site-admin' } as unknown as Record<string, OrganizationRole>
    expect(decide(someone('site-member', forged), 'read', herWorkspace).allowed).toBe(false)
    const noRole = someone('organization-super-manager' as SiteRole)
    expect(decide(noRole, 'read', herWorkspace).allowed).toBe(false)
  })
})

describe('creating for somebody else', () => {
  const keyOf = (ownerId: string): Target => ({ resource: 'api_keys', ownerId })

  test('takes Ua as well', () => {
    expect(answer(someone('site-manager'), 'create', keyOf('her'))).toBe(
      'denied: all Ua [site-admin]',
    )
    expect(answer(someone('site-manager'), 'create', keyOf('me'))).toBe('site-manager: api_keys C')
    expect(answer(admin, 'create', keyOf('her'))).toBe('site-admin: api_keys Ua')

    const manager = someone('site-member', { red: 'organization-manager' })
    expect(answer(manager, 'create', herWorkspace)).toBe(
      'denied: all Ua [site-admin, site-manager, organization-super-manager]',
    )
    const superManager = someone('site-member', { red: 'organization-super-manager' })
    expect(decide(superManager, 'create', herWorkspace).allowed).toBe(true)
  })

  test('is possible for nobody where nobody holds Ua', () => {
    expect(answer(admin, 'create', { resource: 'dev_urls', ownerId: 'her' })).toBe(
      'denied: all Ua []',
    )
  })

  test('takes both scopes of a key', () => {
    const key = (...scopes: NonNullable<Subject['scopes']>) => someone('site-admin', {}, scopes)
    expect(answer(key('api_keys:create'), 'create', keyOf('me'))).toBe('site-admin: api_keys C')
    expect(answer(key('api_keys:create'), 'create', keyOf('her'))).toBe(
      'denied: all Ua [site-admin] scope api_keys:update',
    )
    expect(answer(key('api_keys:update'), 'create', keyOf('her'))).toBe(
      'denied: all Ua [site-admin] scope api_keys:create',
    )
    const both = key('api_keys:create', 'api_keys:update')
    expect(decide(both, 'create', keyOf('her')).allowed).toBe(true)
  })
})

describe('a key', () => {
  test('without scopes may nothing, and with them no more than its owner', () => {
    expect(answer(someone('site-admin', {}, []), 'read', herUser)).toBe(
      'denied: all Ra [site-admin, site-manager] scope users:read',
    )
    const wide = someone('site-member', {}, ['users:read', 'audit_logs:read'])
    expect(decide(wide, 'read', { resource: 'audit_logs' })).toEqual(
      decide(member, 'read', { resource: 'audit_logs' }),
    )
  })

  test('that reads also lists, and not the other way round', () => {
    const reading = someone('site-admin', {}, ['users:read'])
    const listing = someone('site-admin', {}, ['users:list'])
    expect(decide(reading, 'list', herUser).allowed).toBe(true)
    expect(decide(listing, 'list', herUser).allowed).toBe(true)
    expect(decide(listing, 'read', herUser).allowed).toBe(false)
    expect(decide(reading, 'update', herUser).allowed).toBe(false)
  })

  test('that lacks the scope to list something without L is told of the scope to read it', () => {
    expect(answer(someone('site-admin', {}, []), 'list', herWorkspace)).toMatch(
      /scope workspaces:read$/,
    )
    expect(answer(someone('site-admin', {}, []), 'list', herUser)).toMatch(/scope users:list$/)
  })
})

test('a mark is held through the site role, the organization, and the key', () => {
  const manager = someone('site-member', { red: 'organization-manager' })
  expect(holdsMark(admin, 'Ua', 'api_keys')).toBe(true)
  expect(holdsMark(someone('site-manager'), 'Ua', 'api_keys')).toBe(false)
  expect(holdsMark(manager, 'Ra', 'workspaces')).toBe(false)
  expect(holdsMark(manager, 'Ra', 'workspaces', 'red')).toBe(true)
  expect(holdsMark(manager, 'Ra', 'workspaces', 'blue')).toBe(false)
  expect(holdsMark(manager, 'L', 'workspaces', 'red')).toBe(true)
  expect(holdsMark(admin, 'Ro', 'workspaces')).toBe(true)
  expect(holdsMark(member, 'L', 'api_keys')).toBe(false)
  expect(holdsMark(admin, 'Do', 'users')).toBe(false)
  expect(holdsMark(someone('site-admin', {}, ['users:read']), 'Ra', 'users')).toBe(true)
  expect(holdsMark(someone('site-admin', {}, ['users:list']), 'Ra', 'users')).toBe(false)
})

test('answers are shared and cannot be changed', () => {
  const decision = decide(admin, 'read', herUser)
  expect(decide(someone('site-admin'), 'read', { ...herUser })).toBe(decision)
  expect(Object.isFrozen(decision)).toBe(true)
  expect(decision.allowed && Object.isFrozen(decision.grant)).toBe(true)
  const denial = decide(member, 'read', herWorkspace)
  expect(decide(member, 'read', { ...herWorkspace })).toBe(denial)
  expect(!denial.allowed && Object.isFrozen(denial.missing.siteRoles)).toBe(true)
})
