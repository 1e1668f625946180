import { expect, test } from 'vitest'
import { compareRoles, effectiveMarks, holds, publishedMarks, rolesHolding } from './marks.ts'
import { isKeyScope, keyScopes } from './scopes.ts'
import { marks, organizationRoles, resources, type Role, siteRoles } from './tables.ts'

function effective(role: Role): Set<string> {
  return new Set(
    resources.flatMap((resource) =>
      effectiveMarks(role, resource).map((mark) => `${resource} ${mark}`),
    ),
  )
}

test('every role holds all of the next one, and more', () => {
  for (const chain of [siteRoles, organizationRoles]) {
    for (const [index, role] of chain.entries()) {
      const next = chain[index + 1]
      if (next === undefined) continue
      const higher = effective(role)
      const lower = effective(next)
      expect([...lower].filter((mark) => !higher.has(mark))).toEqual([])
      expect(higher.size).toBeGreaterThan(lower.size)
    }
  }
})

test('exactly one mark is inherited rather than published', () => {
  const inherited = [...siteRoles, ...organizationRoles].flatMap((role) =>
    resources.flatMap((resource) =>
      marks
        .filter((mark) => holds(role, resource, mark) === 'inherited')
        .map((mark) => `${role} ${resource} ${mark}`),
    ),
  )
  expect(inherited).toEqual(['site-auditor dev_urls Ro'])
  expect(publishedMarks('site-auditor', 'dev_urls')).toEqual(['C', 'Uo', 'Do'])
  expect(effectiveMarks('site-auditor', 'dev_urls')).toEqual(['C', 'Ro', 'Uo', 'Do'])
})

test('a name that is no role holds nothing', () => {
  for (const name of ['', 'admin', 'constructor', '__proto__']) {
    expect(holds(name as Role, 'users', 'Ro')).toBeUndefined()
    expect(effectiveMarks(name as Role, 'users')).toEqual([])
  }
})

test('the marks that are handed out cannot be changed', () => {
  expect(Object.isFrozen(publishedMarks('site-admin', 'users'))).toBe(true)
  expect(Object.isFrozen(effectiveMarks('site-admin', 'users'))).toBe(true)
})

test('the roles that hold a mark are named highest first', () => {
  expect(rolesHolding('audit_logs', 'Ra')).toEqual({
    site: ['site-admin', 'site-manager', 'site-auditor'],
    organization: [],
  })
  expect(rolesHolding('workspaces', 'Ra')).toEqual({
    site: ['site-admin', 'site-manager'],
    organization: ['organization-super-manager', 'organization-manager'],
  })
  expect(rolesHolding('dev_urls', 'Ro')).toEqual({ site: siteRoles, organization: [] })
  expect(rolesHolding('users', 'Do')).toEqual({ site: [], organization: [] })
})

test('a comparison of roles says what is gained and what is lost', () => {
  expect(compareRoles('site-member', 'site-auditor')).toEqual({
    gained: [{ resource: 'audit_logs', mark: 'Ra' }],
    lost: [],
  })
  expect(compareRoles('site-admin', 'site-manager')).toEqual({
    gained: [],
    lost: ['Ra', 'L', 'Ua', 'Da'].map((mark) => ({ resource: 'api_keys', mark })),
  })
  expect(compareRoles('organization-importer', 'organization-member').lost).toEqual([
    { resource: 'images', mark: 'C' },
    { resource: 'image_tags', mark: 'C' },
  ])
  for (const role of siteRoles) {
    expect(compareRoles(role, role)).toEqual({ gained: [], lost: [] })
  }
})

test('the scopes are the operations for which some role holds a mark', () => {
  expect(keyScopes).toHaveLength(52)
  expect(new Set(keyScopes).size).toBe(52)
  expect(keyScopes.filter((scope) => scope.endsWith(':list'))).toEqual([
    'api_keys:list',
    'org_members:list',
    'organizations:list',
    'users:list',
  ])
  expect(keyScopes.filter((scope) => scope.startsWith('audit_logs'))).toEqual(['audit_logs:read'])
  expect(keyScopes.filter((scope) => scope.startsWith('extensions'))).toEqual([
    'extensions:create',
    'extensions:delete',
  ])
  expect(keyScopes.every(isKeyScope)).toBe(true)
  for (const text of ['', 'users', 'users:', 'audit_logs:delete', 'users:read ', 'all:read']) {
    expect(isKeyScope(text)).toBe(false)
  }
})
