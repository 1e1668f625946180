import { endpoints, problemStatus } from '@atelier/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let document: any
beforeAll(async () => {
  server = await startServer()
  document = (await server.send('GET', '/api/openapi.json')).body
})
afterAll(() => server.stop())

const declared = Object.entries(endpoints).flatMap(([noun, calls]) =>
  Object.entries(calls).map(([name, endpoint]) => ({ id: `${noun}.${name}`, ...endpoint })),
)

function operations(): { path: string; method: string; operation: any }[] {
  return Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
}

/** Every object in the document, with the way to it. */
function* walk(value: unknown, place = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [place, value as Record<string, unknown>]
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, `${place}/${key}`)
}

function resolve(reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value: any, part) => value?.[part], document)
}

test('it is OpenAPI 3.1 with the whole contract in it, and nothing else', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d$/)
  expect(document.info).toMatchObject({ title: 'Atelier', license: { name: 'Apache-2.0' } })
  const described = operations().map(
    ({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
  )
  const contract = declared.map(({ method, path }) => `${method} ${path}`)
  expect(described.sort()).toEqual(contract.sort())
})

test('every reference leads somewhere', () => {
  let count = 0
  for (const [place, object] of walk(document)) {
    if (typeof object['$ref'] !== 'string') continue
    count++
    expect(object['$ref'], place).toMatch(/^#\//)
    expect(resolve(object['$ref']), `${place} → ${object['$ref']}`).toBeDefined()
  }
  expect(count).toBeGreaterThan(20)
})

test('operationIds are unique, and every path parameter is declared once', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.sort()).toEqual(declared.map(({ id }) => id).sort())
  for (const { path, operation } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const parameters = (operation.parameters ?? []) as any[]
    const inPath = parameters.filter((parameter) => parameter.in === 'path')
    expect(inPath.map((parameter) => parameter.name).sort(), path).toEqual(named.sort())
    for (const parameter of parameters) {
      expect(['path', 'query', 'header'], path).toContain(parameter.in)
      expect(parameter.schema, `${path} ${String(parameter.name)}`).toBeDefined()
    }
    for (const parameter of inPath) expect(parameter.required).toBe(true)
  }
})

test('every operation says why it may be called, and public ones ask for no credential', () => {
  for (const { id, access } of declared) {
    const { operation } = operations().find((one) => one.operation.operationId === id)!
    expect(operation['x-atelier-access'], id).toEqual(access)
    if ('public' in access) expect(operation.security, id).toEqual([])
    else expect(operation.security, id).toBeUndefined()
  }
  expect(Object.keys(document.components.securitySchemes)).toEqual(['token', 'cookie'])
})

test('every operation answers its success, or a problem with a listed code', () => {
  for (const { id, ok } of declared) {
    const { operation } = operations().find((one) => one.operation.operationId === id)!
    expect(operation.responses.default.content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
    expect(Object.keys(operation.responses).sort(), id).toEqual([String(ok), 'default'])
    expect(operation.responses[ok].description, id).toBe('Success')
  }
  expect(document['x-atelier-problem-codes']).toEqual(problemStatus)
  expect(document.components.schemas.Problem.properties.code.enum).toEqual([
    ...Object.keys(problemStatus),
    'server.failed',
  ])
})

test('every schema is named once, and referred to', () => {
  const names = Object.keys(document.components.schemas)
  expect(names.filter((name) => names.includes(`${name}Input`))).toEqual([])
  const text = JSON.stringify(document)
  for (const name of names) expect(text).toContain(`"#/components/schemas/${name}"`)
})

test('lists tell of their pages, exports of their type, and creations of Idempotency-Key', () => {
  const find = (id: string) =>
    operations().find((one) => one.operation.operationId === id)!.operation
  expect(Object.keys(find('users.list').responses[200].headers)).toEqual(['Link', 'X-Total-Count'])
  expect(Object.keys(find('users.export').responses[200].content)).toEqual(['text/csv'])
  expect(find('banners.create').parameters).toMatchObject([
    { name: 'Idempotency-Key', in: 'header', required: false },
  ])
})

test('schemas use the words of JSON Schema 2020-12 only', () => {
  for (const [place, object] of walk(document)) {
    for (const word of ['nullable', 'definitions', '$schema', '$id', '~standard']) {
      expect(object, place).not.toHaveProperty([word])
    }
    if (typeof object['exclusiveMinimum'] !== 'undefined') {
      expect(object['exclusiveMinimum'], place).toBeTypeOf('number')
    }
    if (Array.isArray(object['required'])) {
      const properties = object['properties'] as object | undefined
      for (const name of object['required']) expect(properties, place).toHaveProperty([name])
    }
  }
})
