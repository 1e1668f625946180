import { marks, organizationRoles, resources, rolesHolding, siteRoles } from '@atelier/access'
import { expect, test } from 'vitest'
import { markSentence } from './sentences.ts'

test('a mark is told as a sentence about those who hold it', () => {
  expect(markSentence('site-auditor', 'audit_logs', 'Ra')).toBe(
    'Auditors may read the whole audit log.',
  )
  expect(markSentence('site-admin', 'api_keys', 'Da')).toBe(
    'The site admin may delete everybody’s API keys.',
  )
  expect(markSentence('site-member', 'users', 'Uo')).toBe('Members may change their own account.')
  expect(markSentence('organization-importer', 'images', 'C')).toBe(
    'Organization importers may create images in their organization.',
  )
})

test('every mark of both tables has a sentence, and each is another', () => {
  const sentences = resources.flatMap((resource) =>
    marks.flatMap((mark) => {
      const { site, organization } = rolesHolding(resource, mark)
      return [...site, ...organization].map((role) => markSentence(role, resource, mark))
    }),
  )
  expect(sentences.length).toBeGreaterThan(150)
  expect(new Set(sentences).size).toBe(sentences.length)
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].* may .*[^.]\.$/)
  expect([...siteRoles, ...organizationRoles]).toHaveLength(9)
})
