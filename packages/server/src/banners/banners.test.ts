import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let manager: Person
beforeAll(async () => {
  server = await startServer()
  manager = await server.person('site-manager')
})
afterAll(() => server.stop())
beforeEach(() => server.sql('delete from system_banners'))

const path = '/api/v0/banners'

async function create(fields: object = {}) {
  const answer = await manager.send('POST', path, { kind: 'header', body: 'Internal', ...fields })
  expect(answer.status).toBe(201)
  return answer
}

async function shown() {
  const answer = await server.send('GET', `${path}/shown`)
  expect(answer.status).toBe(200)
  return answer.body
}

const entriesOf = (id: string) =>
  server.sql('select * from audit_log where resource_id = $1 order by at, id', [id])
const countBanners = async () =>
  (await server.sql('select count(*)::int as n from system_banners'))[0].n

describe('POST /api/v0/banners', () => {
  test('201: a banner is white on black, in force at once, seen by everybody, and audited', async () => {
    const answer = await create()
    expect(answer.body).toMatchObject({
      kind: 'header',
      format: 'text',
      body: 'Internal',
      background_color: '#000000',
      text_color: '#ffffff',
      enabled: true,
      dismissible: false,
      starts_at: null,
      ends_at: null,
      state: 'shown',
      can: { read: true, update: true, delete: true },
    })
    expect(answer.headers.get('etag')).toBe('"1"')
    expect(await shown()).toEqual([
      {
        id: answer.body.id,
        kind: 'header',
        format: 'text',
        body: 'Internal',
        background_color: '#000000',
        text_color: '#ffffff',
        dismissible: false,
        revision: answer.body.revision,
      },
    ])
    expect(await entriesOf(answer.body.id)).toMatchObject([
      {
        actor_id: manager.id,
        action: 'create',
        resource_type: 'system_banner',
        target: 'header: Internal',
        outcome: 'success',
        allowed_by: 'site-manager: system_banners C',
        diff: { body: { after: 'Internal' }, background_color: { after: '#000000' } },
      },
    ])
  })

  test('201: on a light background the text is black unless another colour is chosen', async () => {
    expect((await create({ background_color: '#ffd43b' })).body.text_color).toBe('#000000')
    expect(
      (await create({ background_color: '#ffd43b', text_color: '#00204d' })).body.text_color,
    ).toBe('#00204d')
  })

  test('201: a repeated request with the same Idempotency-Key makes one banner', async () => {
    const headers = { 'idempotency-key': 'banner-1' }
    const body = { kind: 'message', body: 'Once' }
    const first = await manager.send('POST', path, body, headers)
    const second = await manager.send('POST', path, body, headers)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).toBe(first.body.id)
    expect(await countBanners()).toBe(1)
  })

  test.each([
    ['#ffffff', '#777777', 4.47, '#000000'],
    ['#777777', '#ffffff', 4.47, '#000000'],
    ['#1864ab', '#18202a', 2.69, '#ffffff'],
    ['#000000', '#000000', 1, '#ffffff'],
  ])(
    '400: %s under %s text is refused with its contrast %d and %s as the colour that fits',
    async (background_color, text_color, contrast, fitting) => {
      const answer = await manager.send('POST', path, {
        kind: 'header',
        body: 'Hard to read',
        background_color,
        text_color,
      })
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({
        code: 'banner.contrast',
        contrast,
        minimum: 4.5,
        fitting_text_color: fitting,
        errors: [{ path: 'text_color' }],
      })
      expect(answer.body.title).toContain(`${contrast} to 1`)
      expect(answer.body.title).toContain(fitting)
      expect(await countBanners()).toBe(0)
    },
  )

  test('201: a contrast of just over 4.5 is enough', async () => {
    await create({ background_color: '#ffffff', text_color: '#767676' })
  })

  test.each([
    ['an unknown field', { colour: '#000000' }],
    ['an unknown kind', { kind: 'popup' }],
    ['an empty text', { body: ' \n' }],
    ['a NUL in the text', { body: 'a\u0000b' }],
    ['half a character in the text', { body: 'a\ud800b' }],
    ['a text of 2,001 characters', { body: 'x'.repeat(2001) }],
    ['a list as the text', { body: ['a', 'b'] }],
    ['a colour by name', { background_color: 'red' }],
    ['a colour with CSS', { background_color: '#000;x:y' }],
    [
      'an end before the start',
      { starts_at: '2030-01-02T00:00:00Z', ends_at: '2030-01-01T00:00:00Z' },
    ],
    [
      'an end at the start',
      { starts_at: '2030-01-01T00:00:00Z', ends_at: '2030-01-01T01:00:00+01:00' },
    ],
    ['a year that no database keeps', { starts_at: '0000-01-01T00:00:00Z' }],
    ['a header that can be dismissed', { dismissible: true }],
  ])('400: %s', async (_, fields) => {
    const answer = await manager.send('POST', path, { kind: 'header', body: 'Text', ...fields })
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBe('request.invalid')
    expect(await countBanners()).toBe(0)
  })

  test('403: nobody but site managers and the site admin creates banners; the attempt is recorded', async () => {
    for (const person of [
      await server.person('site-auditor'),
      await server.person('site-member', {
        organizations: { [server.organizationId]: 'organization-super-manager' },
      }),
      await server.person('site-member', { organizations: {} }),
    ]) {
      const answer = await person.send('POST', path, { kind: 'header', body: 'Mine' })
      expect(answer.status).toBe(403)
      expect(answer.body.missing).toMatchObject({
        resource: 'system_banners',
        operation: 'create',
        mark: 'C',
        roles: ['site-admin', 'site-manager'],
      })
      expect(
        await server.sql(
          'select outcome, action, refusal_code from audit_log where actor_id = $1',
          [person.id],
        ),
      ).toEqual([{ outcome: 'denied', action: 'create', refusal_code: 'access.denied' }])
    }
    expect(await countBanners()).toBe(0)
  })

  test('403 comes before what is wrong with the banner', async () => {
    const member = await server.person()
    const answer = await member.send('POST', path, {
      kind: 'header',
      body: 'x',
      background_color: '#000000',
      text_color: '#000000',
    })
    expect(answer.status).toBe(403)
  })
})

describe('GET /api/v0/banners', () => {
  test('200: members of any organization read the records, and may not change them', async () => {
    const { body: banner } = await create()
    const member = await server.person()
    const list = await member.send('GET', path)
    expect(list.status).toBe(200)
    expect(list.body).toMatchObject([
      { id: banner.id, can: { read: true, update: false, delete: false } },
    ])
    expect((await member.send('GET', `${path}/${banner.id}`)).status).toBe(200)
  })

  test('403 and 404: without an organization a member reads no record, yet sees what is shown', async () => {
    const { body: banner } = await create()
    const loner = await server.person('site-member', { organizations: {} })
    const list = await loner.send('GET', path)
    expect(list.status).toBe(403)
    expect(list.body.missing.roles).toContain('organization-member')
    const one = await loner.send('GET', `${path}/${banner.id}`)
    const none = await loner.send('GET', `${path}/00000000-0000-7000-8000-000000000000`)
    expect([one.status, none.status]).toEqual([404, 404])
    expect(one.body.title).toBe(none.body.title)
    expect(await shown()).toHaveLength(1)
  })

  test('401: the records are not public, but what is shown is', async () => {
    expect((await server.send('GET', path)).status).toBe(401)
    expect((await server.send('GET', `${path}/shown`)).status).toBe(200)
  })

  test.each(['nonsense', '00000000-0000-7000-8000-000000000000', '..%2fusers'])(
    '404: %s is no banner',
    async (id) => {
      expect((await manager.send('GET', `${path}/${id}`)).status).toBe(404)
      expect((await manager.send('PATCH', `${path}/${id}`, {})).status).toBe(404)
      expect((await manager.send('DELETE', `${path}/${id}`)).status).toBe(404)
    },
  )
})

describe('GET /api/v0/banners/shown', () => {
  test('200: neither disabled banners, nor those not yet begun or already over', async () => {
    const now = server.clock.now().getTime()
    const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
    await create({ body: 'now', starts_at: at(-1), ends_at: at(1) })
    await create({ body: 'off', enabled: false })
    await create({ body: 'later', starts_at: at(1) })
    await create({ body: 'over', ends_at: at(-1) })
    expect((await shown()).map((one: { body: string }) => one.body)).toEqual(['now'])
    const states = (await manager.send('GET', path)).body.map((one: any) => [one.body, one.state])
    expect(states).toEqual([
      ['now', 'shown'],
      ['off', 'off'],
      ['later', 'scheduled'],
      ['over', 'ended'],
    ])
  })

  test('200: by the server clock a banner begins and ends', async () => {
    const now = server.clock.now().getTime()
    const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
    await create({ starts_at: at(1), ends_at: at(2) })
    expect(await shown()).toHaveLength(0)
    server.clock.advance(90 * 60_000)
    expect(await shown()).toHaveLength(1)
    server.clock.advance(31 * 60_000)
    expect(await shown()).toHaveLength(0)
  })

  test('row 32: HTML in a banner is kept and answered as the text that it is', async () => {
    const body = '<img src=x onerror=alert(1)><script>alert(2)</script>'
    for (const format of ['text', 'markdown']) await create({ body, format })
    for (const banner of await shown()) expect(banner.body).toBe(body)
    const answer = await server.send('GET', `${path}/shown`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('a text is kept exactly as written', async () => {
    const body = '  *spaces*\n\tand\r\nlines – ünïcode 🎉 '
    expect((await create({ body })).body.body).toBe(body)
  })
})

describe('PATCH /api/v0/banners/:banner', () => {
  test('200: what is named changes, the rest stays, and the audit log has before and after', async () => {
    const { body: banner } = await create({ ends_at: '2090-01-01T00:00:00+02:00' })
    const answer = await manager.send('PATCH', `${path}/${banner.id}`, {
      background_color: '#1864ab',
      ends_at: '2089-12-31T22:00:00Z',
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      body: 'Internal',
      background_color: '#1864ab',
      ends_at: '2089-12-31T22:00:00.000Z',
    })
    const [, entry] = await entriesOf(banner.id)
    expect(entry).toMatchObject({
      action: 'write',
      allowed_by: 'site-manager: system_banners Ua',
      diff: { background_color: { before: '#000000', after: '#1864ab' } },
    })
    expect(Object.keys(entry.diff)).toEqual(['background_color'])
  })

  test('200: the revision changes with the text and its format, and with nothing else', async () => {
    const { body: banner } = await create({ kind: 'message', body: 'Hello' })
    const revise = async (changes: object) =>
      (await manager.send('PATCH', `${path}/${banner.id}`, changes)).body.revision
    expect(await revise({ background_color: '#1864ab', enabled: false })).toBe(banner.revision)
    expect(await revise({ enabled: true })).toBe(banner.revision)
    const second = await revise({ body: 'Hello again' })
    expect(second).not.toBe(banner.revision)
    expect(await revise({ format: 'markdown' })).not.toBe(second)
    expect(await revise({ format: 'text', body: 'Hello' })).toBe(banner.revision)
  })

  test('400: colours are judged together with those that stay; nothing changes', async () => {
    const { body: banner } = await create()
    const answer = await manager.send('PATCH', `${path}/${banner.id}`, {
      background_color: '#ffffff',
    })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'banner.contrast', fitting_text_color: '#000000' })
    expect((await shown())[0].background_color).toBe('#000000')
    expect(await entriesOf(banner.id)).toHaveLength(1)
  })

  test('400: an end is judged together with the start that stays', async () => {
    const { body: banner } = await create({ starts_at: '2030-01-01T00:00:00Z' })
    const answer = await manager.send('PATCH', `${path}/${banner.id}`, {
      ends_at: '2029-01-01T00:00:00Z',
    })
    expect(answer.status).toBe(400)
    expect(answer.body.errors).toMatchObject([{ path: 'ends_at' }])
  })

  test('400: the kind of a banner never changes', async () => {
    const { body: banner } = await create()
    const answer = await manager.send('PATCH', `${path}/${banner.id}`, { kind: 'footer' })
    expect(answer.status).toBe(400)
    expect((await shown())[0].kind).toBe('header')
  })

  test('412: a version that somebody has changed meanwhile', async () => {
    const { body: banner } = await create()
    const send = (body: object, version: string) =>
      manager.send('PATCH', `${path}/${banner.id}`, body, { 'if-match': version })
    const first = await send({ body: 'First' }, '"1"')
    expect([first.status, first.headers.get('etag')]).toEqual([200, '"2"'])
    expect((await send({ body: 'Second' }, '"1"')).status).toBe(412)
    const gone = await manager.send('DELETE', `${path}/${banner.id}`, undefined, {
      'if-match': '"1"',
    })
    expect(gone.status).toBe(412)
    expect((await shown())[0].body).toBe('First')
  })

  test('of two changes of one version at once, one is refused', async () => {
    const { body: banner } = await create()
    const held = await server.hold('select 1 from system_banners where id = $1 for update', [
      banner.id,
    ])
    const both = ['One', 'Two'].map((body) =>
      manager.send('PATCH', `${path}/${banner.id}`, { body }, { 'if-match': '"1"' }),
    )
    await held.untilWaiting(2)
    await held.release()
    const statuses = (await Promise.all(both)).map((answer) => answer.status)
    expect(statuses.sort()).toEqual([200, 412])
  })

  test('403: a member of an organization reads it, and may not change it', async () => {
    const { body: banner } = await create()
    const member = await server.person()
    for (const [method, body] of [
      ['PATCH', { body: 'Hacked' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await member.send(method, `${path}/${banner.id}`, body)
      expect(answer.status).toBe(403)
      expect(answer.body.missing).toMatchObject({ roles: ['site-admin', 'site-manager'] })
    }
    expect(await shown()).toMatchObject([{ id: banner.id, body: 'Internal' }])
    expect((await entriesOf(banner.id)).map((entry) => entry.outcome)).toEqual([
      'success',
      'denied',
      'denied',
    ])
  })

  test('404: a member without an organization learns of no banner', async () => {
    const { body: banner } = await create()
    const loner = await server.person('site-auditor', { organizations: {} })
    for (const [method, body] of [
      ['PATCH', { body: 'Hacked' }],
      ['DELETE', undefined],
    ] as const) {
      expect((await loner.send(method, `${path}/${banner.id}`, body)).status).toBe(404)
    }
    expect(await shown()).toHaveLength(1)
  })
})

describe('DELETE /api/v0/banners/:banner', () => {
  test('204: the banner is gone for everybody, and the audit log says what it was', async () => {
    const { body: banner } = await create({ kind: 'message', body: 'Bye' })
    const answer = await server.admin.send('DELETE', `${path}/${banner.id}`)
    expect(answer.status).toBe(204)
    expect(await shown()).toEqual([])
    expect((await manager.send('GET', `${path}/${banner.id}`)).status).toBe(404)
    const [, entry] = await entriesOf(banner.id)
    expect(entry).toMatchObject({
      actor_id: server.admin.id,
      action: 'delete',
      target: 'message: Bye',
      allowed_by: 'site-admin: system_banners Da',
      diff: { body: { before: 'Bye', after: null } },
    })
  })
})

describe('open pages', () => {
  /** Reads the event stream of a person until the event comes. */
  async function listen(person: Person) {
    const stop = new AbortController()
    const response = await fetch(`${server.url}/api/v0/events`, {
      headers: { 'session-token': person.token },
      signal: stop.signal,
    })
    expect(response.status).toBe(200)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    return {
      async until(event: string) {
        while (!text.includes(`event: ${event}\n`)) {
          const { value, done } = await reader.read()
          if (done) throw new Error(`the stream ended without ${event}`)
          text += value
        }
        text = ''
      },
      stop: () => {
        stop.abort()
      },
    }
  }

  test('hear of each change of a banner', async () => {
    const page = await listen(await server.person())
    const { body: banner } = await create()
    await page.until('banners_changed')
    await manager.send('PATCH', `${path}/${banner.id}`, { enabled: false })
    await page.until('banners_changed')
    await manager.send('DELETE', `${path}/${banner.id}`)
    await page.until('banners_changed')
    page.stop()
  })

  test('hear when a banner begins by the clock', async () => {
    const page = await listen(await server.person())
    const starts_at = new Date(server.clock.now().getTime() + 500).toISOString()
    const { body: banner } = await create({ starts_at })
    expect(banner.state).toBe('scheduled')
    await page.until('banners_changed')
    while ((await shown()).length === 0) await page.until('banners_changed')
    expect(await shown()).toHaveLength(1)
    page.stop()
  })
})
