import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { newId } from '../platform/ids.ts'

let server: TestServer
let auditor: Person
beforeAll(async () => {
  server = await startServer()
  auditor = await server.person('site-auditor')
})
afterAll(() => server.stop())

interface Written {
  readonly at: string
  readonly actor: Person | { id: string; username: string; email: string } | null
  readonly action: string
  readonly resourceType: string
  readonly resourceId: string
  readonly target: string
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly diff: object
}

/** Writes an entry as a change would have, at any time. */
async function write(entry: Partial<Written> = {}): Promise<string> {
  const at = entry.at ?? server.clock.now().toISOString()
  const id = newId(new Date(at))
  const actor = entry.actor === undefined ? server.admin : entry.actor
  await server.sql(
    `insert into audit_log (id, at, actor_id, actor_username, actor_email, ip, user_agent, action,
       resource_type, resource_id, target, outcome, diff, request_id)
     values ($1, $2, $3, $4, $5, '192.0.2.7', 'test', $6, $7, $8, $9, $10, $11, 'request')`,
    [
      id,
      at,
      actor?.id ?? null,
      actor?.username ?? '',
      actor?.email ?? '',
      entry.action ?? 'write',
      entry.resourceType ?? 'user',
      entry.resourceId ?? 'somebody',
      entry.target ?? 'somebody',
      entry.outcome ?? 'success',
      JSON.stringify(entry.diff ?? {}),
    ],
  )
  return id
}

async function listed(query: string, as: Person = auditor): Promise<string[]> {
  const answer = await as.send('GET', `/api/v0/audit?${query}`)
  expect(answer.status, answer.text).toBe(200)
  return (answer.body as { id: string }[]).map((entry) => entry.id)
}

describe('GET /api/v0/audit', () => {
  test('200: an entry says who did what to whom, from where, and by which mark', async () => {
    const member = await server.person()
    const change = await server.admin.send('PUT', `/api/v0/users/${member.id}/role`, {
      role: 'site-auditor',
    })

    const answer = await auditor.send('GET', `/api/v0/audit?resource_id=${member.id}`)

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject([
      {
        user: { id: server.admin.id, username: 'admin', email: 'admin@example.com' },
        api_key_id: null,
        ip: '127.0.0.1',
        action: 'write',
        resource_type: 'user',
        resource_id: member.id,
        target: member.username,
        outcome: 'success',
        diff: { role: { before: 'site-member', after: 'site-auditor' } },
        allowed_by: 'site-admin: users Ua',
        refusal: null,
        request_id: change.headers.get('x-request-id'),
      },
    ])
    const [entry] = answer.body
    const one = await auditor.send('GET', `/api/v0/audit/${entry.id}`)
    expect(one.status).toBe(200)
    expect(one.body.id).toBe(entry.id)
  })

  test('200: a refused attempt is listed with its reason', async () => {
    const [manager, member] = [await server.person('site-manager'), await server.person()]
    await manager.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-manager' })
    const answer = await auditor.send('GET', `/api/v0/audit?resource_id=${member.id}`)
    expect(answer.body).toMatchObject([
      {
        outcome: 'denied',
        allowed_by: null,
        refusal: {
          code: 'user.role_by_site_admin_only',
          message: expect.stringMatching(/./) as string,
        },
      },
    ])
  })

  test('every filter finds what it names and nothing else', async () => {
    const former = { id: newId(new Date()), username: 'Former', email: 'Former@example.com' }
    const heir = { id: newId(new Date()), username: 'former', email: 'heir@example.com' }
    const id = await write({
      actor: former,
      action: 'cordon',
      resourceType: 'oauth',
      resourceId: 'provider-1',
      target: 'Git provider Söder',
      outcome: 'failed',
      at: '2024-02-29T12:00:00.500Z',
    })
    const heirs = await write({ actor: heir, at: '2024-03-02T00:00:00.000Z' })
    const renamed = await write({
      actor: { ...heir, username: 'renamed' },
      at: '2024-03-03T00:00:00.000Z',
    })

    expect(await listed(`user=${former.id}`)).toEqual([id])
    expect(await listed('user=FORMER')).toEqual([heirs, id])
    expect(await listed('user=former%40EXAMPLE.com')).toEqual([id])
    expect(await listed(`user=${heir.id}`)).toEqual([renamed, heirs])
    expect(await listed('user=renamed')).toEqual([renamed])
    expect(await listed('user=unknown')).toEqual([])
    expect(await listed('action=cordon')).toEqual([id])
    expect(await listed('resource_type=oauth')).toEqual([id])
    expect(await listed('resource_type=oauth&action=cordon&outcome=failed')).toEqual([id])
    expect(await listed('resource_type=oauth&action=uncordon')).toEqual([])
    expect(await listed('resource_id=provider-1')).toEqual([id])
    expect(await listed('outcome=failed')).toEqual([id])
    for (const q of ['söder', 'GIT söder', 'gi', 'pro', 'OVID']) {
      expect(await listed(`q=${encodeURIComponent(q)}`), q).toEqual([id])
    }
    for (const q of ['it', 'git%', 'g_t', '\\']) {
      expect(await listed(`q=${encodeURIComponent(q)}`), q).toEqual([])
    }
    const second = Date.parse('2024-02-29T12:00:00Z') / 1000
    expect(await listed(`range_start=${second}&range_end=${second + 1}`)).toEqual([id])
    expect(await listed(`range_start=${second + 1}&range_end=${second + 2}`)).toEqual([])
    expect(
      await listed('range_start=2024-02-29T13:00:00.500%2B01:00&range_end=2024-03-01T00:00:00Z'),
    ).toEqual([id])
    expect(
      await listed('range_start=2024-02-29T12:00:00.501Z&range_end=2024-03-01T00:00:00Z'),
    ).toEqual([])
    expect(await listed('range_end=1')).toEqual([])
    expect(await listed('range_start=999999999999')).toEqual([])
    expect(await listed('range_end=0001-01-01T00:00:00Z')).toEqual([])
  })

  test('`me` is the caller', async () => {
    const id = await write({ actor: auditor, at: '2024-01-01T00:00:00.000Z' })
    expect(await listed('user=me&range_end=2024-01-02T00:00:00Z')).toEqual([id])
  })

  test('pages reach the end without losing or repeating an entry while others are written', async () => {
    const ids: string[] = []
    // Three entries share each millisecond, so that pages end between equal times.
    for (let n = 0; n < 60; n++) {
      const at = new Date(Date.UTC(2023, 0, 1) + Math.floor(n / 3)).toISOString()
      ids.unshift(await write({ resourceId: 'paged', at }))
    }
    ids.sort().reverse()

    const seen: string[] = []
    let address: string | undefined = '/api/v0/audit?resource_id=paged&limit=7'
    while (address !== undefined) {
      const answer = await auditor.send('GET', address)
      seen.push(...(answer.body as { id: string }[]).map((entry) => entry.id))
      await write({ resourceId: 'paged' })
      address = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(ids)
  })

  test('without a limit the whole list comes, and the old offset skips', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const at = new Date(Date.UTC(2022, 0, 1) + n).toISOString()
      ids.unshift(await write({ resourceId: 'whole', at }))
    }
    await server.sql(
      `insert into audit_log (id, at, ip, user_agent, action, resource_type, resource_id, target,
         outcome, diff, request_id)
       select gen_random_uuid(), '2022-02-01'::timestamptz + n * interval '1 ms', '', '', 'write', 'user',
         'many', 'many', 'success', '{}', '' from generate_series(1, 1200) n`,
    )
    expect(await listed('resource_id=whole')).toEqual(ids)
    expect(await listed('resource_id=whole&offset=3')).toEqual(ids.slice(3))
    expect(await listed('resource_id=whole&offset=1&limit=2')).toEqual(ids.slice(1, 3))
    expect(new Set(await listed('resource_id=many')).size).toBe(1200)

    const counted = await auditor.send('GET', '/api/v0/audit?resource_id=many&limit=1')
    expect(counted.headers.get('x-total-count')).toBe('1000')
    expect(counted.headers.get('x-total-count-capped')).toBe('true')
    const few = await auditor.send('GET', '/api/v0/audit?resource_id=whole&limit=1')
    expect(few.headers.get('x-total-count')).toBe('5')
    expect(few.headers.get('x-total-count-capped')).toBeNull()
  })

  test('400: what is not a filter, a value or a cursor of ours', async () => {
    const forged = Buffer.from('["2024-13-45T00:00:00.000Z","x"]').toString('base64url')
    for (const query of [
      'action=destroy',
      'resource_type=unicorn',
      'outcome=maybe',
      'range_start=yesterday',
      'range_start=2024-02-30T00:00:00Z',
      'limit=0',
      'offset=-1',
      'unknown=1',
      'after=x',
      `after=${forged}`,
    ]) {
      const answer = await auditor.send('GET', `/api/v0/audit?${query}`)
      expect(answer.status, query).toBe(400)
    }
  })

  test('403: a member may not read the log, and learns which roles may', async () => {
    const member = await server.person()
    const entry = await write()
    for (const path of [
      '',
      '/status',
      `/${entry}`,
      `/${newId(new Date())}`,
      '/export?format=csv',
    ]) {
      const answer = await member.send('GET', `/api/v0/audit${path}`)
      expect(answer.status, path).toBe(403)
      expect(answer.body.missing).toMatchObject({
        resource: 'audit_logs',
        operation: 'read',
        roles: ['site-admin', 'site-manager', 'site-auditor'],
      })
    }
    expect((await server.send('GET', '/api/v0/audit')).status).toBe(401)
  })

  test('404: there is no such entry, and no route changes one', async () => {
    expect((await auditor.send('GET', '/api/v0/audit/nothing')).status).toBe(404)
    expect((await auditor.send('GET', `/api/v0/audit/${newId(new Date())}`)).status).toBe(404)
    const entry = await write()
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
      expect((await server.admin.send(method, `/api/v0/audit/${entry}`, {})).status).toBe(404)
    }
  })

  test('the database refuses to change, delete or empty what is written', async () => {
    const entry = await write()
    for (const statement of [
      `update audit_log set target = 'another' where id = '${entry}'`,
      `delete from audit_log where id = '${entry}'`,
      'truncate audit_log',
      'update audit_chain set sequence = sequence',
      'delete from audit_chain',
      'truncate audit_chain',
    ]) {
      const refused = server.sql(statement).then(
        () => undefined,
        (error: unknown) => (error as { code: string }).code,
      )
      // An empty chain has no row that a trigger could refuse; emptying it is refused all the same.
      if (/audit_log|truncate/.test(statement)) expect(await refused, statement).toBe('23001')
      else expect([undefined, '23001'], statement).toContain(await refused)
    }
    expect(await listed(`resource_id=somebody&limit=1`)).toEqual([entry])
  })
})

describe('GET /api/v0/audit/export', () => {
  test('200: NDJSON holds every entry that the filters find, newest first', async () => {
    const answer = await fetch(`${server.url}/api/v0/audit/export?format=ndjson&resource_id=many`, {
      headers: { 'session-token': auditor.token },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    const day = server.clock.now().toISOString().slice(0, 10)
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="audit-${day}.ndjson"`,
    )
    const text = (await answer.text()).trimEnd()
    const lines = text.split('\n').map((line) => JSON.parse(line) as { id: string })
    expect(lines.map((entry) => entry.id)).toEqual(await listed('resource_id=many'))
    const { body } = await auditor.send('GET', `/api/v0/audit/${lines[0]?.id}`)
    // Whichever is asked for later may be sealed already.
    const unsealed = { sequence: null, hash: null }
    expect({ ...lines[0], ...unsealed }).toEqual({ ...body, ...unsealed })
  })

  test('V1-5: a name that a spreadsheet would take for a formula is neutralised in CSV', async () => {
    const target = '=cmd|\'/C calc\'!A0,"quoted"\n@SUM(1;2)'
    await write({
      target,
      resourceId: '-2+3',
      actor: { id: newId(new Date()), username: '+ann', email: '@ann' },
      diff: { name: { before: 'Söder', after: '=1+1' } },
      at: '2021-01-01T00:00:00.000Z',
    })
    const answer = await auditor.send(
      'GET',
      '/api/v0/audit/export?format=csv&range_end=2021-01-02T00:00:00Z',
    )
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(/filename="audit-[\d-]{10}\.csv"/)
    const rows: Record<string, string>[] = parse(answer.text, { columns: true })
    expect(rows).toMatchObject([
      {
        time: '2021-01-01T00:00:00.000Z',
        username: "'+ann",
        email: "'@ann",
        resource_id: "'-2+3",
        target: `'${target}`,
        diff: '{"name":{"after":"=1+1","before":"Söder"}}',
      },
    ])
    for (const cell of Object.values(rows[0] ?? {})) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
  })

  test('taking a copy is recorded, with its filters and before its first line', async () => {
    const answer = await auditor.send(
      'GET',
      `/api/v0/audit/export?format=csv&resource_type=audit_log&user=${auditor.username}`,
    )
    const [entry] = await server.sql(
      `select * from audit_log where resource_type = 'audit_log' order by at desc, id desc limit 1`,
    )
    expect(entry).toMatchObject({
      actor_id: auditor.id,
      action: 'view',
      target: 'audit log',
      outcome: 'success',
      allowed_by: 'site-auditor: audit_logs Ra',
      request_id: answer.headers.get('x-request-id'),
      diff: {
        format: { before: null, after: 'csv' },
        resource_type: { before: null, after: 'audit_log' },
        user: { before: null, after: auditor.username },
      },
    })
    expect(answer.text).toContain(entry.id)
  })

  test('403: a refused copy is recorded too', async () => {
    const member = await server.person()
    const answer = await member.send('GET', '/api/v0/audit/export?format=ndjson')
    expect(answer.status).toBe(403)
    const entries = await server.sql('select action, outcome from audit_log where actor_id = $1', [
      member.id,
    ])
    expect(entries).toEqual([{ action: 'view', outcome: 'denied' }])
  })
})
