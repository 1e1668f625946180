import { expect, test } from 'vitest'
import {
  type ApiDocument,
  findOperations,
  groupsOf,
  type Operation,
  operationsOf,
} from './document.ts'
import { curlOf, sampleOf } from './example.ts'
import { fieldsOf, limitsText, typeText } from './schema-words.ts'

const document: ApiDocument = {
  paths: {
    '/api/v0/users/{user}': {
      get: {
        operationId: 'users.get',
        summary: 'One user',
        tags: ['users'],
        'x-atelier-access': { permission: ['users', 'read'] },
        parameters: [{ name: 'user', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: { content: { 'application/json': { schema: { $ref: ref('User') } } } },
          default: {},
        },
      },
      put: {
        operationId: 'users.rename',
        summary: 'Renames a user',
        tags: ['users'],
        'x-atelier-access': { permission: ['users', 'update'] },
        requestBody: {
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['name'],
                properties: { name: { const: "O'Hara" }, note: { type: 'string' } },
              },
            },
          },
        },
        responses: { 204: {}, default: {} },
      },
    },
    '/healthz': {
      get: {
        operationId: 'system.health',
        summary: 'Alive',
        tags: ['system'],
        'x-atelier-access': { public: 'Supervisors have no account' },
        responses: { 200: {}, default: {} },
      },
    },
  },
  components: {
    schemas: {
      Role: { type: 'string', enum: ['a', 'b'] },
      User: {
        type: 'object',
        required: ['id'],
        properties: {
          id: { type: 'string' },
          roles: { type: 'array', items: { $ref: ref('Role') } },
          manager: { anyOf: [{ $ref: ref('User') }, { type: 'null' }] },
          age: { type: ['integer', 'null'], minimum: 1, maximum: 150 },
          can: { type: 'object', additionalProperties: { type: 'boolean' } },
        },
      },
    },
  },
}

function ref(name: string): string {
  return `#/components/schemas/${name}`
}

function operation(id: string): Operation {
  const found = operationsOf(document).find((one) => one.id === id)
  if (found === undefined) throw new Error(`no operation ${id}`)
  return found
}

test('operations are grouped by noun and found by path, method, words and permission', () => {
  const all = operationsOf(document)
  expect(groupsOf(all).map(({ title, operations }) => [title, operations.length])).toEqual([
    ['Users', 2],
    ['System', 1],
  ])
  const found = (search: string) => findOperations(all, search).map(({ id }) => id)
  expect(found('put users')).toEqual(['users.rename'])
  expect(found('users:read')).toEqual(['users.get'])
  expect(found('ALIVE')).toEqual(['system.health'])
  expect(found('nothing')).toEqual([])
})

test('types and limits are told in words, through references, choices and lists', () => {
  const fields = fieldsOf(document, { type: 'array', items: { $ref: ref('User') } })
  const told = fields.map(({ name, schema, required }) => [
    name,
    typeText(document, schema),
    limitsText(document, schema),
    required,
  ])
  expect(told).toEqual([
    ['id', 'string', '', true],
    ['roles', 'array of Role', '"a", "b"', false],
    ['manager', 'User or null', '', false],
    ['age', 'integer or null', '1 to 150', false],
    ['can', 'object of boolean', '', false],
  ])
})

test('a schema that holds itself gives a sample that ends', () => {
  expect(
    sampleOf(document, { type: 'object', properties: { user: { $ref: ref('User') } } }),
  ).toEqual({ user: { id: 'id' } })
})

test('an example is a line for a shell: quoted, with the token in a variable', () => {
  expect(curlOf(document, operation('users.get'), 'https://a.example')).toBe(
    [`curl 'https://a.example/api/v0/users/me' \\`, `  -H "Session-Token: $ATELIER_TOKEN"`].join(
      '\n',
    ),
  )
  const change = curlOf(document, operation('users.rename'), 'https://a.example')
  expect(change).toContain(`curl -X PUT 'https://a.example/api/v0/users/USER_ID'`)
  expect(change).toContain(`"name": "O'\\''Hara"`)
  expect(change).not.toContain('note')
  expect(curlOf(document, operation('system.health'), 'https://a.example')).toBe(
    `curl 'https://a.example/healthz'`,
  )
})
