import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import { openVault } from '../platform/vault.ts'
import { genesis, nextHash } from './chain.ts'
import * as chain from './chain-store.ts'
import { sealBatch } from './seal.ts'
import { reportVerification, verifyChain } from './verify.ts'

const entries = 8
let server: TestServer
/** Ids by sequence; the first is at 1. */
let ids: string[]
let head: string

beforeAll(async () => {
  server = await startServer()
  for (let n = 1; n <= entries; n++) {
    await server.sql(
      `insert into audit_log (id, at, actor_id, actor_username, actor_email, api_key_id, ip, user_agent,
         action, resource_type, resource_id, target, outcome, diff, allowed_by, refusal_code, refusal, request_id)
       values (gen_random_uuid(), now(), gen_random_uuid(), 'ann', 'ann@example.com', 'abcdefghij', '192.0.2.7',
         'test', 'write', 'user', 'somebody', 'Somebody', 'denied', '{"role": {"after": "x", "before": null}}',
         'mark', 'code', 'reason', 'request')`,
    )
  }
  for (let sealed = 0; sealed < entries;) {
    await sealBatch(server.platform)
    sealed = (await server.sql('select count(*)::int from audit_chain'))[0].count
  }
  const links = await server.sql(
    `select entry_id, encode(hash, 'hex') as hash from audit_chain order by sequence`,
  )
  ids = ['', ...links.map((link) => link.entry_id as string)]
  head = links.at(-1).hash
  for (const table of ['audit_log', 'audit_chain', 'audit_seal']) {
    await server.sql(`create table kept_${table} as table ${table}`)
  }
  // Postgres computes this column itself, and takes no value for it.
  await server.sql('alter table kept_audit_log drop column target_search')
})
afterAll(() => server.stop())

beforeEach(async () => {
  for (const table of ['audit_log', 'audit_chain', 'audit_seal']) {
    await tamper(`delete from ${table}; insert into ${table} select * from kept_${table}`)
  }
})

/** Does what only a superuser of the database can do. */
async function tamper(statements: string): Promise<void> {
  await server.sql(`begin; set local session_replication_role = replica; ${statements}; commit`)
}

test('an untouched chain verifies, with its head', async () => {
  const [{ at }] = await server.sql(`select at::text from audit_log where id = $1`, [ids[entries]])
  const time = new Date(at as string).toISOString()
  expect(await reportVerification(server.platform, head)).toEqual({
    ok: true,
    text: `${entries} entries verified, 0 not yet sealed, head ${head} of ${time}`,
  })
})

const changes = {
  at: `at + interval '1 ms'`,
  actor_id: 'null',
  actor_username: `'bob'`,
  actor_email: `''`,
  api_key_id: 'null',
  ip: `'192.0.2.8'`,
  user_agent: `'Test'`,
  action: `'delete'`,
  resource_type: `'organization'`,
  resource_id: `'somebody else'`,
  target: `'somebody'`,
  outcome: `'success'`,
  diff: `'{"role": {"after": "y", "before": null}}'`,
  allowed_by: `'another mark'`,
  refusal_code: `'other'`,
  refusal: 'null',
  request_id: `'another'`,
}

test('a changed entry is named, whichever column it is', async () => {
  const columns = await server.sql(
    `select column_name as name from information_schema.columns
     where table_name = 'audit_log' and column_name not in ('id', 'xid') and is_generated = 'NEVER'`,
  )
  expect(columns.map((column) => column.name as string).sort()).toEqual(Object.keys(changes).sort())
  for (const [column, value] of Object.entries(changes)) {
    await tamper(`update audit_log set ${column} = ${value} where id = '${ids[4]}'`)
    expect(await verifyChain(server.platform), column).toMatchObject({
      verified: 3,
      broken: `Entry ${ids[4]} (sequence 4) was changed after it was sealed.`,
    })
    await tamper(`delete from audit_log where id = '${ids[4]}';
      insert into audit_log select * from kept_audit_log where id = '${ids[4]}'`)
  }
})

test('a changed last entry is told from its altered hash', async () => {
  await tamper(`update audit_log set target = 'x' where id = '${ids[entries]}'`)
  expect((await verifyChain(server.platform)).broken).toBe(
    `Entry ${ids[entries]} (sequence ${entries}) was changed after it was sealed.`,
  )
})

test('an altered hash is named, in the middle and at the end', async () => {
  for (const sequence of [4, entries]) {
    await tamper(`update audit_chain set hash = '\\x00' where sequence = ${sequence}`)
    expect((await verifyChain(server.platform)).broken).toBe(
      `The hash of entry ${ids[sequence]} (sequence ${sequence}) was altered; the entry itself is as it was sealed.`,
    )
    await tamper(`update audit_chain set hash = kept.hash from kept_audit_chain kept
      where kept.sequence = audit_chain.sequence`)
  }
})

test('a deleted entry is named', async () => {
  await tamper(`delete from audit_log where id = '${ids[5]}'`)
  expect(await reportVerification(server.platform)).toMatchObject({
    ok: false,
    text: expect.stringContaining(
      `BROKEN: Entry ${ids[5]} (sequence 5) is missing from the log.`,
    ) as string,
  })
})

test('removed links are named', async () => {
  await tamper('delete from audit_chain where sequence in (3, 4)')
  expect((await verifyChain(server.platform)).broken).toBe(
    'Sequences 3 to 4 are missing from the chain.',
  )
})

test('entries that changed places are named', async () => {
  await tamper(`update audit_chain set entry_id = gen_random_uuid() where sequence = 2;
    update audit_chain set entry_id = '${ids[2]}' where sequence = 3;
    update audit_chain set entry_id = '${ids[3]}' where sequence = 2`)
  expect((await verifyChain(server.platform)).broken).toBe(
    `Entry ${ids[3]} (sequence 2) or its hash was changed after it was sealed.`,
  )
})

test('an entry inserted among sealed ones is named', async () => {
  const late = '0190ffff-0000-7000-8000-000000000000'
  for (const xid of [`'3'`, `'900000000000'`]) {
    await tamper(`insert into audit_log
      select (jsonb_populate_record(e, jsonb_build_object('id', '${late}', 'xid', ${xid}))).*
      from kept_audit_log e where id = '${ids[2]}'`)
    expect((await verifyChain(server.platform)).broken).toMatch(
      `Entry ${late} is not in the chain, although everything around it is sealed`,
    )
    await tamper(`delete from audit_log where id = '${late}'`)
  }
})

test('a chain cut off at its end: the sealer remembers, and an earlier head proves it', async () => {
  await tamper(`delete from audit_log where id in ('${ids[7]}', '${ids[8]}');
    delete from audit_chain where sequence > 6`)
  expect((await verifyChain(server.platform)).broken).toBe(
    'Sequences 7 to 8 are missing from the chain.',
  )
  await tamper(`update audit_seal set (sequence, hash) =
    (select sequence, hash from audit_chain order by sequence desc limit 1)`)
  expect(await reportVerification(server.platform)).toMatchObject({ ok: true })
  expect(await reportVerification(server.platform, head)).toMatchObject({
    ok: false,
    text: expect.stringContaining(`The chain does not contain the head ${head}`) as string,
  })
})

test('a chain made anew without the secret key does not verify', async () => {
  const forger = openVault(Buffer.alloc(32, 8))
  await tamper(`update audit_log set target = 'forged' where id = '${ids[4]}'`)
  let hash: Buffer = genesis
  const links = await server.platform.db
    .transaction()
    .execute((tx) => chain.linksAfter(tx, 0, entries))
  for (const link of links) {
    hash = nextHash(forger, hash, link.sequence, { ...link, id: link.entry_id })
    await tamper(
      `update audit_chain set hash = '\\x${hash.toString('hex')}' where sequence = ${link.sequence};
       update audit_seal set hash = '\\x${hash.toString('hex')}'`,
    )
  }
  expect(await verifyChain(server.platform)).toMatchObject({
    verified: 0,
    broken: expect.stringMatching(/sequence 1/) as string,
  })
})

test('an empty log is no proof', async () => {
  await tamper('delete from audit_log; delete from audit_chain; delete from audit_seal')
  expect(await reportVerification(server.platform)).toEqual({
    ok: false,
    text: 'The audit log is empty: set ATELIER_DATA_DIR or DATABASE_URL to the database of your server.',
  })
})
