import { ApiError } from '@atelier/api'
import { expect, it } from 'vitest'
import { fieldProblems } from './server-errors.ts'

function refusal(code: string, errors?: { path: string; message: string }[]): ApiError {
  return new ApiError({
    type: 'about:blank',
    title: 'Refused',
    status: 400,
    instance: '',
    code,
    request_id: '',
    error: { msg: 'Refused', code, details: null },
    ...(errors === undefined ? {} : { errors }),
  })
}

it('brings each problem to its field, however the path is written', () => {
  const error = refusal('request.invalid', [
    { path: '/body/name', message: 'Enter a name' },
    { path: 'email', message: 'Enter an e-mail address' },
    { path: 'elsewhere', message: 'Not of this form' },
  ])
  expect(fieldProblems(error, ['name', 'email'])).toEqual([
    { path: 'name', message: 'Enter a name' },
    { path: 'email', message: 'Enter an e-mail address' },
  ])
})

it('knows which field a code is about', () => {
  expect(fieldProblems(refusal('user.username_taken'), ['username'])).toEqual([
    { path: 'username', message: 'Refused' },
  ])
})

it('leaves what belongs to no field to the summary', () => {
  expect(fieldProblems(refusal('access.denied'), ['name'])).toEqual([])
  expect(fieldProblems(new Error('x'), ['name'])).toEqual([])
})
