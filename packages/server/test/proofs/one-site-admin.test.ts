import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../harness.ts'

// Access-control.md 3.4: the database itself keeps exactly one site admin, whatever the program does.
// Everything here is SQL by a superuser, who is held by constraints and triggers alone.

let server: TestServer
let heir: Person
beforeAll(async () => {
  server = await startServer()
  heir = await server.person('site-manager')
})
afterAll(() => server.stop())
beforeEach(() => server.restoreAdmin())

const someAdmin = "where site_role = 'site-admin'"
const demote = `update users set site_role = 'site-manager' ${someAdmin}`
const promote = (id: string): string =>
  `update users set site_role = 'site-admin' where id = '${id}'`

/** Inserts a user by SQL alone. */
function insert(role: string, conflict = ''): string {
  const id = randomUUID()
  return `insert into users (id, email, username, name, site_role, created_at, updated_at)
    values ('${id}', '${id}@example.com', '${id}', 'Eve', '${role}', now(), now()) ${conflict}`
}

/** Runs statements in one transaction on a connection of its own; answers what refused it. */
async function attempt(...statements: readonly string[]): Promise<string | undefined> {
  const client = new pg.Client(server.databaseUrl)
  await client.connect()
  try {
    await client.query('begin')
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
    return undefined
  } catch (error) {
    const { code, constraint, message } = error as pg.DatabaseError
    return constraint ?? `${String(code)} ${message}`
  } finally {
    await client.end()
  }
}

async function admins(): Promise<unknown[]> {
  return (await server.sql(`select id from users ${someAdmin}`)).map((row) => row.id as unknown)
}

const noSecond = 'users_one_site_admin'
const noLoss = '23001 exactly one site admin must remain'
const alwaysActive = 'users_site_admin_is_active'

describe('a second site admin', () => {
  const attempts: readonly (readonly [string, () => readonly string[]])[] = [
    ['inserted', () => [insert('site-admin')]],
    ['promoted', () => [promote(heir.id)]],
    ['everybody at once', () => ["update users set site_role = 'site-admin'"]],
    [
      'inserted and deleted again',
      () => [insert('site-admin'), "delete from users where name = 'Eve'"],
    ],
    ['promoted before the first one is demoted', () => [promote(heir.id), demote]],
    ['with all constraints deferred', () => ['set constraints all deferred', promote(heir.id)]],
    [
      'by an upsert',
      () => [
        insert('site-member').replace(/'[-\w]+@example.com'/, `'${heir.email}'`) +
          ` on conflict (lower(email)) where status <> 'deleting' do update set site_role = 'site-admin'`,
      ],
    ],
    [
      'by a merge',
      () => [
        `merge into users using (select '${heir.id}'::uuid as id) as wanted on users.id = wanted.id
         when matched then update set site_role = 'site-admin'`,
      ],
    ],
    [
      'copied from the first one',
      () => [
        `insert into users (id, email, username, name, site_role, created_at, updated_at)
         select gen_random_uuid(), 'copy@example.com', 'copy', name, site_role, now(), now()
         from users ${someAdmin}`,
      ],
    ],
  ]
  test.each(attempts)('is refused: %s', async (_, statements) => {
    expect(await attempt(...statements())).toBe(noSecond)
    expect(await admins()).toEqual([server.admin.id])
  })

  test('is refused: inserted while the first one is being demoted elsewhere', async () => {
    const held = await server.hold(demote)
    const second = attempt(promote(heir.id))
    await held.untilWaiting(1)
    await held.release()
    expect(await second).toBe(noSecond)
    expect(await admins()).toEqual([server.admin.id])
  })
})

describe('the loss of the only site admin', () => {
  const attempts: readonly (readonly [string, string, () => readonly string[]])[] = [
    ['demoted', noLoss, () => [demote]],
    ['everybody demoted', noLoss, () => ["update users set site_role = 'site-member'"]],
    ['deleted', noLoss, () => [`delete from users ${someAdmin}`]],
    ['everybody deleted', noLoss, () => ['delete from users']],
    ['truncated', '23001 users cannot be truncated', () => ['truncate users cascade']],
    [
      'truncated beside others',
      '23001 users cannot be truncated',
      () => ['truncate organizations, users restart identity cascade'],
    ],
    ['suspended', alwaysActive, () => [`update users set status = 'suspended' ${someAdmin}`]],
    ['being deleted', alwaysActive, () => [`update users set status = 'deleting' ${someAdmin}`]],
    [
      'suspended together with another change',
      alwaysActive,
      () => [`update users set status = 'suspended', name = 'Nobody' ${someAdmin}`],
    ],
    [
      'a role that nobody knows',
      'users_site_role_check',
      () => [`update users set site_role = 'owner' ${someAdmin}`],
    ],
    [
      'no role',
      '23502 null value in column "site_role" of relation "users" violates not-null constraint',
      () => [`update users set site_role = null ${someAdmin}`],
    ],
    [
      'by a merge',
      noLoss,
      () => [
        `merge into users using (select '${server.admin.id}'::uuid as id) as wanted
         on users.id = wanted.id when matched then delete`,
      ],
    ],
    ['checked at once', noLoss, () => ['set constraints all immediate', demote]],
    ['checked before the end', noLoss, () => [demote, 'set constraints all immediate']],
    [
      'deferred by name',
      noLoss,
      () => ['set constraints users_keep_a_site_admin deferred', demote],
    ],
    [
      'handed to somebody who is then deleted',
      noLoss,
      () => [demote, promote(heir.id), `delete from users where id = '${heir.id}'`],
    ],
    ['handed to somebody who is then demoted', noLoss, () => [demote, promote(heir.id), demote]],
    [
      'handed to somebody who is then suspended',
      alwaysActive,
      () => [
        demote,
        promote(heir.id),
        `update users set status = 'suspended' where id = '${heir.id}'`,
      ],
    ],
    [
      'handed over inside a savepoint that is undone',
      noLoss,
      () => [
        demote,
        'savepoint handing_over',
        promote(heir.id),
        'rollback to savepoint handing_over',
      ],
    ],
    [
      'handed to a suspended user',
      alwaysActive,
      () => [
        demote,
        `update users set status = 'suspended' where id = '${heir.id}'`,
        promote(heir.id),
      ],
    ],
  ]
  test.each(attempts)('is refused: %s', async (_, refusal, statements) => {
    expect(await attempt(...statements())).toBe(refusal)
    expect(await admins()).toEqual([server.admin.id])
    const [admin] = await server.sql('select status from users where id = $1', [server.admin.id])
    expect(admin.status).toBe('active')
  })

  test('is refused: the new admin, demoted by one who waited for the hand-over', async () => {
    const handing = new pg.Client(server.databaseUrl)
    await handing.connect()
    await handing.query(`begin; ${demote}; ${promote(heir.id)}`)
    const watch = await server.hold('select 1')
    const demoting = attempt(`update users set site_role = 'site-member' where id = '${heir.id}'`)
    await watch.untilWaiting(1)
    await handing.query('commit')
    await handing.end()
    await watch.release()
    expect(await demoting).toBe(noLoss)
    expect(await admins()).toEqual([heir.id])
  })

  test('is refused: by one who still sees the former admin', async () => {
    const old = new pg.Client(server.databaseUrl)
    await old.connect()
    await old.query('begin isolation level repeatable read')
    await old.query('select count(*) from users')
    expect(await attempt(demote, promote(heir.id))).toBeUndefined()
    const refused = old.query(`delete from users where id = '${heir.id}'`)
    await expect(refused).rejects.toMatchObject({ code: '40001' })
    await old.end()
    expect(await admins()).toEqual([heir.id])
  })
})

describe('what the database allows', () => {
  test('an atomic hand-over, and back', async () => {
    expect(await attempt(demote, promote(heir.id))).toBeUndefined()
    expect(await admins()).toEqual([heir.id])
    expect(await attempt(demote, promote(server.admin.id))).toBeUndefined()
    expect(await admins()).toEqual([server.admin.id])
  })

  test('a hand-over to somebody who is new in the same transaction', async () => {
    expect(await attempt(demote, insert('site-admin'))).toBeUndefined()
    expect(await admins()).toHaveLength(1)
    expect(await admins()).not.toContain(server.admin.id)
  })

  test('changing the site admin in every other way', async () => {
    expect(
      await attempt(`update users set name = 'Ann', version = version + 1 ${someAdmin}`),
    ).toBeUndefined()
  })

  test('nobody at all before the setup, and then members without a site admin', async () => {
    await server.sql(`begin; set local session_replication_role = replica;
      delete from organization_members; delete from sessions; delete from users; commit`)
    expect(await admins()).toEqual([])
    expect(await attempt(insert('site-member'))).toBeUndefined()
    expect(await attempt("update users set site_role = 'site-manager'")).toBeUndefined()
    expect(await attempt('delete from users')).toBeUndefined()
    expect(await attempt(insert('site-admin'))).toBeUndefined()
    expect(await attempt(insert('site-admin'))).toBe(noSecond)
    expect(await attempt('delete from users')).toBe(noLoss)
    expect(await admins()).toHaveLength(1)
  })
})
