import { keyScopes, siteCan, type SiteRole } from '@atelier/access'
import { expect, it } from 'vitest'
import { describeScopes, isCovered, scopeGroups, withoutCovered } from './scopes.ts'

function offered(siteRole: SiteRole, kept: readonly string[] = []) {
  const can = siteCan({ id: 'ann', siteRole, organizationRoles: {} })
  return scopeGroups(can as never, kept).flatMap((group) => group.choices)
}

const scopesOf = (siteRole: SiteRole) => offered(siteRole).map((choice) => choice.scope)

it('offers what the person holds now, and nothing else', () => {
  expect(scopesOf('site-member')).toEqual([
    'api_keys:create',
    'api_keys:read',
    'api_keys:update',
    'api_keys:delete',
    'configuration:read',
    'dev_urls:create',
    'dev_urls:read',
    'dev_urls:update',
    'dev_urls:delete',
    'metrics:read',
    'users:read',
    'users:list',
    'users:update',
  ])
  expect(scopesOf('site-auditor')).toContain('audit_logs:read')
  expect(scopesOf('site-admin')).toEqual(keyScopes)
})

it('keeps showing what a key has although its owner lost it', () => {
  const kept = offered('site-member', ['audit_logs:read', 'users:read'])
  expect(kept).toContainEqual({ scope: 'audit_logs:read', operation: 'read', held: false })
  expect(kept).toContainEqual({ scope: 'users:read', operation: 'read', held: true })
})

it('knows that reading covers listing', () => {
  expect(isCovered('users:list', ['users:read'])).toBe(true)
  expect(isCovered('users:read', ['users:list'])).toBe(false)
  expect(isCovered('users:list', ['organizations:read'])).toBe(false)
  expect(withoutCovered(['users:list', 'users:update', 'users:read'])).toEqual([
    'users:read',
    'users:update',
  ])
})

it('says scopes in words', () => {
  expect(describeScopes(['users:read', 'users:update', 'api_keys:create', 'gone:read'])).toEqual([
    'Users: read, update',
    'API keys: create',
  ])
})
