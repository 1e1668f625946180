import { expect, it } from 'vitest'
import { changeSummary } from './change-summary.ts'

it('says what changed, as people call it', () => {
  const diff = {
    role: { before: 'site-member', after: 'site-auditor' },
    temporary_password: { before: false, after: true },
    organizations: { before: null, after: ['Default', 'Platform'] },
  }
  expect(changeSummary({ diff, refusal: null })).toBe(
    'Role: Member → Auditor · Temporary password: no → yes · Organizations: Default, Platform',
  )
})

it('never shows the place of a secret as its value', () => {
  const diff = { password: { before: '******', after: '******' } }
  expect(changeSummary({ diff, refusal: null })).toBe('Password: set anew')
})

it('says why something was refused', () => {
  const refusal = { code: 'access.denied', message: 'You may not change users' }
  expect(changeSummary({ diff: {}, refusal })).toBe('You may not change users')
})

it('says nothing of what changed nothing', () => {
  expect(changeSummary({ diff: {}, refusal: null })).toBe('')
})
