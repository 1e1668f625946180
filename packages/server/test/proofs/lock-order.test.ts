import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../harness.ts'

// A change locks its caller and the people it is about in the order of their ids, whatever the strength
// of each lock: two changes about the same people never wait for each other.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

/** Sixty people, of whom the 1st, the 30th and the last manage the site, in organizations of all of them. */
async function crowd(count: number) {
  const organizations = await Promise.all(
    Array.from({ length: count }, () => server.organization()),
  )
  const everywhere = Object.fromEntries(
    organizations.map((id) => [id, 'organization-member' as const]),
  )
  const people: Person[] = []
  for (let number = 0; number < 60; number++) {
    const role = [0, 29, 59].includes(number) ? 'site-manager' : 'site-member'
    people.push(await server.person(role, { organizations: everywhere }))
  }
  const sorted = people.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  return { organizations, people: sorted }
}

test.each([0, 30, 58])(
  'organizations of the same people, deleted at once by some of them while person %i is held',
  async (position) => {
    const { organizations, people } = await crowd(6)
    const managers = people.filter((person) => person.username.startsWith('manager'))
    const held = await server.hold('select 1 from users where id = $1 for update', [
      people[position]?.id,
    ])
    const deleting = organizations.map((id, index) => {
      const manager = managers[index % managers.length] ?? server.admin
      return manager.send('DELETE', `/api/v0/orgs/${id}`)
    })
    await held.untilWaiting(organizations.length)
    await held.release()
    const answers = await Promise.all(deleting)
    expect(answers.map((answer) => answer.status)).toEqual(organizations.map(() => 204))
    const ids = people.map((person) => person.id)
    const [row] = await server.sql(
      `select count(*)::int as memberships, count(distinct user_id)::int as people
       from organization_members where user_id = any($1)`,
      [ids],
    )
    // Everybody has moved to the default organization, once.
    expect(row).toEqual({ memberships: 60, people: 60 })
  },
)
