import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { naiveAllows, naiveMarks, naiveOrganizationMarks, naiveSiteMarks } from '../test/naive.ts'
import { canMap, siteCan } from './can.ts'
import { decide, holdsMark } from './decide.ts'
import { filterFor, matchesFilter } from './filter.ts'
import { keyScopes, type Operation, operations } from './scopes.ts'
import type { Subject, Target } from './subject.ts'
import { marks, organizationRoles, resources, siteRoles } from './tables.ts'

vi.setConfig({ testTimeout: 60_000 })

const people = ['ann', 'bob', 'cyd']
const places = ['red', 'blue', 'green', 'grey']
const person = fc.constantFrom(...people)

const subject: fc.Arbitrary<Subject> = fc.record({
  id: person,
  siteRole: fc.constantFrom(...siteRoles),
  organizationRoles: fc.dictionary(
    fc.constantFrom(...places),
    fc.constantFrom(...organizationRoles),
  ),
  scopes: fc.option(fc.subarray([...keyScopes]), { nil: undefined, freq: 2 }),
})

const target: fc.Arbitrary<Target> = fc.constantFrom(...resources).chain((resource) =>
  fc.record({
    resource: fc.constant(resource),
    organizationIds: fc.option(
      fc.subarray(places, { maxLength: resource === 'users' ? places.length : 1 }),
      { nil: undefined },
    ),
    ownerId: fc.option(person, { nil: undefined }),
  }),
)

const world = fc.tuple(subject, fc.array(target, { minLength: 5, maxLength: 15 }))

function everyWorld(check: (subject: Subject, operation: Operation, target: Target) => void) {
  let questions = 0
  fc.assert(
    fc.property(world, ([someone, targets]) => {
      for (const each of targets) {
        for (const operation of operations) {
          check(someone, operation, each)
          questions += 1
        }
      }
    }),
    { numRuns: 1500 },
  )
  expect(questions).toBeGreaterThan(40_000)
}

test('decide agrees with the naive reading', () => {
  everyWorld((someone, operation, object) => {
    expect(decide(someone, operation, object).allowed).toBe(naiveAllows(someone, operation, object))
  })
})

test('a grant is a mark that the named role holds', () => {
  everyWorld((someone, operation, object) => {
    const decision = decide(someone, operation, object)
    if (!decision.allowed) return
    const { role, resource, mark } = decision.grant
    const there = object.organizationIds?.map((id) => someone.organizationRoles[id]) ?? []
    const isMine = role === someone.siteRole || there.some((each) => each === role)
    const held = role.startsWith('site-')
      ? naiveSiteMarks(role, resource)
      : naiveOrganizationMarks(role, resource)
    expect([isMine, resource, held.has(mark)]).toEqual([true, object.resource, true])
  })
})

test('a yes about an object of somebody else never rests on a mark for own', () => {
  everyWorld((someone, operation, object) => {
    const decision = decide(someone, operation, object)
    if (!decision.allowed || object.ownerId === someone.id) return
    const isForAnother = operation === 'create' && object.ownerId !== undefined
    expect(decision.grant.mark).not.toMatch(isForAnother ? /o$|C/ : /o$/)
    const strong = {
      create: ['C'],
      read: ['Ra'],
      list: ['L', 'Ra'],
      update: ['Ua'],
      delete: ['Da'],
    }
    const held = naiveMarks(someone, object)
    expect(strong[operation].some((mark) => held.has(mark))).toBe(true)
  })
})

test('a denial names exactly the roles that would do', () => {
  everyWorld((someone, operation, object) => {
    const decision = decide(someone, operation, object)
    if (decision.allowed) return
    const { missing } = decision
    const bare = { id: someone.id, organizationRoles: {} }
    const [place] = object.organizationIds ?? []
    const expected = [
      ...siteRoles.filter((siteRole) => naiveAllows({ ...bare, siteRole }, operation, object)),
      '|',
      ...organizationRoles.filter(
        (role) =>
          place !== undefined &&
          naiveAllows({ ...bare, organizationRoles: { [place]: role } }, operation, object),
      ),
    ]
    expect([...missing.siteRoles, '|', ...missing.organizationRoles].join()).toBe(expected.join())
    const unscoped = naiveAllows({ ...someone, scopes: undefined }, operation, object)
    expect(missing.keyScope !== undefined).toBe(unscoped)
  })
})

test('adding the scope that is named leads on, to a yes in the end', () => {
  everyWorld((someone, operation, object) => {
    let scopes = someone.scopes
    for (let step = 0; step < 2; step += 1) {
      const decision = decide({ ...someone, scopes }, operation, object)
      if (decision.allowed || decision.missing.keyScope === undefined) return
      scopes = [...(scopes ?? []), decision.missing.keyScope]
    }
    expect(decide({ ...someone, scopes }, operation, object).allowed).toBe(true)
  })
})

test('filters agree with decide on every object', () => {
  everyWorld((someone, operation, object) => {
    if (operation === 'create') return
    const filter = filterFor(someone, operation, object.resource)
    expect(matchesFilter(filter, someone.id, object)).toBe(
      decide(someone, operation, object).allowed,
    )
    if (filter.kind === 'some') {
      const { own, organizations, ownInOrganizations } = filter
      expect(own || organizations.length + ownInOrganizations.length > 0).toBe(true)
      expect(organizations.filter((id) => ownInOrganizations.includes(id))).toEqual([])
    }
  })
})

test('the can map agrees with the naive reading', () => {
  everyWorld((someone, operation, object) => {
    expect(canMap(someone, object)[operation]).toBe(naiveAllows(someone, operation, object))
  })
})

test('the site map says whether there is anything at all that one may do it to', () => {
  fc.assert(
    fc.property(subject, (someone) => {
      const can = siteCan(someone)
      for (const resource of resources) {
        const somewhere = (operation: Operation, ownerId: string) =>
          [undefined, ...places.map((id) => [id])].some((organizationIds) =>
            naiveAllows(someone, operation, { resource, organizationIds, ownerId }),
          )
        const all = (operation: Operation) => somewhere(operation, 'somebody else')
        const own = (operation: Operation) => somewhere(operation, someone.id)
        expect({ resource, ...can[resource] }).toEqual({
          resource,
          create: own('create'),
          read_all: all('read'),
          read_own: own('read'),
          list: own('list'),
          update_all: all('update'),
          update_own: own('update'),
          delete_all: all('delete'),
          delete_own: own('delete'),
        })
      }
    }),
    { numRuns: 1000 },
  )
})

test('a mark is held exactly when the question that it answers is', () => {
  const asks = {
    C: ['create', 'own'],
    Ra: ['read', 'all'],
    Ro: ['read', 'own'],
    L: ['list', 'all'],
    Ua: ['update', 'all'],
    Uo: ['update', 'own'],
    Da: ['delete', 'all'],
    Do: ['delete', 'own'],
  } as const
  fc.assert(
    fc.property(
      subject,
      fc.option(fc.constantFrom(...places), { nil: undefined }),
      (someone, id) => {
        for (const resource of resources) {
          for (const mark of marks) {
            const [operation, ownership] = asks[mark]
            const object: Target = {
              resource,
              organizationIds: id === undefined ? undefined : [id],
              ownerId: ownership === 'own' ? someone.id : 'somebody else',
            }
            expect(holdsMark(someone, mark, resource, id)).toBe(
              naiveAllows(someone, operation, object),
            )
          }
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('filters say which part gives what', () => {
  const someone: Subject = {
    id: 'ann',
    siteRole: 'site-member',
    organizationRoles: { red: 'organization-manager', blue: 'organization-member' },
  }
  expect(filterFor(someone, 'read', 'workspaces')).toEqual({
    kind: 'some',
    own: false,
    organizations: ['red'],
    ownInOrganizations: ['blue'],
  })
  expect(filterFor(someone, 'read', 'users')).toEqual({
    kind: 'some',
    own: true,
    organizations: ['red'],
    ownInOrganizations: [],
  })
  expect(filterFor(someone, 'list', 'users')).toMatchObject({ kind: 'all', grant: { mark: 'L' } })
  expect(filterFor(someone, 'read', 'audit_logs')).toMatchObject({
    kind: 'none',
    missing: { mark: 'Ra', siteRoles: ['site-admin', 'site-manager', 'site-auditor'] },
  })
  expect(filterFor({ ...someone, scopes: [] }, 'read', 'workspaces')).toMatchObject({
    kind: 'none',
    missing: { keyScope: 'workspaces:read' },
  })
  const admin: Subject = { ...someone, siteRole: 'site-admin' }
  expect(filterFor(admin, 'delete', 'users')).toMatchObject({ kind: 'all', exceptOwn: true })
  expect(filterFor(admin, 'update', 'users')).not.toHaveProperty('exceptOwn')
})
