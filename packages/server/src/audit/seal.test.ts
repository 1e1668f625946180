import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { sealBatch } from './seal.ts'
import { verifyChain } from './verify.ts'

let server: TestServer
let auditor: Person
beforeAll(async () => {
  server = await startServer()
  auditor = await server.person('site-auditor')
})
afterAll(() => server.stop())

const insertion = `insert into audit_log (id, at, ip, user_agent, action, resource_type, resource_id, target,
  outcome, diff, request_id) values (gen_random_uuid(), now(), '', '', 'write', 'user', $1, '', 'success', '{}', '')`

async function write(resourceId: string): Promise<void> {
  await server.sql(insertion, [resourceId])
}

/** Waits for the sealer, which waits for the transactions of other tests on the same cluster. */
async function untilSealed(): Promise<void> {
  for (;;) {
    await sealBatch(server.platform)
    const [row] = await server.sql(
      'select (select count(*) from audit_log)::int - (select count(*) from audit_chain)::int as waiting',
    )
    if (row.waiting === 0) return
  }
}

async function expectWholeChain(): Promise<void> {
  const [{ entries }] = await server.sql('select count(*)::int as entries from audit_log')
  expect(await verifyChain(server.platform)).toMatchObject({
    verified: entries,
    unsealed: 0,
    broken: undefined,
  })
}

test('many writers and several sealers make one chain without a gap', async () => {
  const second = await server.second()
  const people = await Promise.all(Array.from({ length: 4 }, () => server.person()))
  await Promise.all([
    ...people.flatMap((person) =>
      Array.from({ length: 10 }, (_, n) =>
        person.send('PATCH', '/api/v0/users/me', { name: `Name ${n}` }),
      ),
    ),
    ...Array.from({ length: 100 }, (_, n) => write(`parallel ${n % 5}`)),
    ...Array.from({ length: 10 }, () => sealBatch(server.platform, 7)),
  ])
  await second.stop()
  await untilSealed()

  const [{ first, last, count }] = await server.sql(
    'select min(sequence)::int as first, max(sequence)::int as last, count(*)::int from audit_chain',
  )
  expect([first, last]).toEqual([1, count])
  expect(count).toBeGreaterThanOrEqual(140)
  await expectWholeChain()
})

test('200: an entry shows its place in the chain, and the status how far the chain reaches', async () => {
  await write('placed')
  await untilSealed()
  const [entry] = (await auditor.send('GET', '/api/v0/audit?resource_id=placed')).body
  const status = await auditor.send('GET', '/api/v0/audit/status')
  expect(status.status).toBe(200)
  expect(status.body).toEqual({
    sealed: entry.sequence,
    unsealed: 0,
    unsealed_since: null,
    head: entry.hash,
    head_time: entry.time,
  })
  expect(entry.hash).toMatch(/^[0-9a-f]{64}$/)
})

test('a long transaction delays what came after it, and nothing is lost', async () => {
  await untilSealed()
  const long = new pg.Client(server.databaseUrl)
  await long.connect()
  await long.query('begin')
  await long.query(insertion, ['long'])
  await write('after the long one')
  expect(await sealBatch(server.platform)).toBe(0)
  const status = await auditor.send('GET', '/api/v0/audit/status')
  const [waiting] = (await auditor.send('GET', '/api/v0/audit?resource_id=after the long one')).body
  expect(waiting).toMatchObject({ sequence: null, hash: null })
  expect(status.body).toMatchObject({ unsealed: 1, unsealed_since: waiting.time })
  expect(await verifyChain(server.platform)).toMatchObject({ unsealed: 1, broken: undefined })

  await long.query('commit')
  await long.end()
  await untilSealed()
  const places = await server.sql(
    `select resource_id from audit_log join audit_chain on entry_id = id order by sequence desc limit 2`,
  )
  expect(places).toEqual([{ resource_id: 'after the long one' }, { resource_id: 'long' }])
  await expectWholeChain()
})

test('a sealer that dies half way leaves nothing behind; writers never wait for one', async () => {
  const hold = await server.hold('lock table audit_chain in share mode')
  await write('sealed twice?')
  const dying = sealBatch(server.platform).catch((error: unknown) => error)
  await hold.untilWaiting(1)
  expect((await auditor.send('PATCH', '/api/v0/users/me', { name: 'Auditor' })).status).toBe(200)
  await server.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  await dying
  await hold.release()
  await untilSealed()
  await expectWholeChain()
})

test('goes on in another cluster, where transactions begin with lower or higher numbers', async () => {
  await untilSealed()
  for (const xid of ['7', '900000000000']) {
    await server.sql(`update audit_seal set cluster = 'the old one', xid = $1::text::xid8`, [xid])
    // Written in the old cluster, but not sealed there.
    await server.sql(
      `insert into audit_log (id, at, xid, ip, user_agent, action, resource_type, resource_id, target,
         outcome, diff, request_id)
       select gen_random_uuid(), now(), ($1::bigint + n)::text::xid8, '', '', 'write', 'user', 'restored', '',
         'success', '{}', '' from generate_series(1, 25) n`,
      [xid],
    )
    await write('first in the new cluster')
    while ((await sealBatch(server.platform, 10)) > 0);
    await untilSealed()
    await write('second in the new cluster')
    await untilSealed()
    await expectWholeChain()
    const [{ cluster }] = await server.sql('select cluster from audit_seal')
    expect(cluster).not.toBe('the old one')
  }
})

test('goes on from the end of the chain when its position was lost or put back', async () => {
  for (const statement of [
    'delete from audit_seal',
    `update audit_seal set xid = '3', entry_id = gen_random_uuid(), sequence = 2, hash = '\\x00'`,
  ]) {
    await untilSealed()
    await server.sql(statement)
    await write('after the loss')
    await untilSealed()
    await expectWholeChain()
  }
})
