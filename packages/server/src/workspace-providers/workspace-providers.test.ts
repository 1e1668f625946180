import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { makeCertificate } from '../../test/registry.ts'
import { newId, randomToken } from '../platform/ids.ts'
import { addBuiltIn } from './built-in.ts'

let server: TestServer
let manager: Person
let member: Person
let outsider: Person
let organization: string
let other: string
let tls: Record<'tls_ca' | 'tls_certificate' | 'tls_key', string>
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-tls-'))
  const read = (path: string) => readFileSync(path, 'utf8')
  const authority = makeCertificate(folder, { names: 'DNS:ca', isAuthority: true })
  const own = makeCertificate(folder, { names: 'DNS:atelier', authority })
  tls = {
    tls_ca: read(authority.certificate),
    tls_certificate: read(own.certificate),
    tls_key: read(own.key),
  }
  server = await startServer()
  organization = await server.organization('Makers')
  other = await server.organization('Others')
  manager = await server.person('site-manager', { organizations: {} })
  const role = 'organization-super-manager'
  member = await server.person('site-member', { organizations: { [organization]: role } })
  outsider = await server.person('site-auditor', { organizations: {} })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const path = '/api/private/resource-pools'
const nowhere = 'unix:///nonexistent/engine.sock'
let count = 0

function create(fields: object = {}, by = manager) {
  return by.send('POST', path, {
    name: `Engine ${++count}`,
    kind: 'engine',
    endpoint: nowhere,
    ...fields,
  })
}

/** Adds one for the members of `organization`. */
async function made(fields: object = {}): Promise<string> {
  const answer = await create({ org_whitelist: [organization], ...fields })
  expect(answer.text).toContain('"id"')
  return answer.body.id as string
}

async function workspaceAt(provider: string, organizationId = organization, name = 'dev') {
  const [image, registry, workspace] = [newId(new Date()), newId(new Date()), newId(new Date())]
  await server.sql(
    `insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
     values ($1, $2, $3, 'registry.example.com', now(), now())`,
    [registry, organizationId, randomToken(12)],
  )
  await server.sql(
    `insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values ($1, $2, $3, 'team/image', 1, 1, 10, now() + interval '1 day', now(), now())`,
    [image, organizationId, registry],
  )
  await server.sql(
    `insert into image_tags (image_id, tag, latest_hash, hash_last_updated_at, checked_at, size,
       created_at, updated_at) values ($1, 'made', 'sha256:0', now(), now(), 1, now(), now())`,
    [image],
  )
  await server.sql(
    `insert into workspaces (id, organization_id, user_id, name, image_id, image_tag, provider_id,
       cpu_cores, memory_gb, disk_gb, status, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'made', $6, 1, 1, 10, 'off', now(), now())`,
    [workspace, organizationId, member.id, name, image, provider],
  )
  return workspace
}

const rowOf = async (id: string) =>
  (await server.sql('select * from workspace_providers where id = $1', [id]))[0]
const entriesOf = (id: string) =>
  server.sql('select * from audit_log where resource_id = $1 order by id', [id])
const seenBy = async (person: Person) =>
  ((await person.send('GET', path)).body.kubernetes as { id: string }[]).map(({ id }) => id)

describe('POST /api/private/resource-pools', () => {
  test('201: one that cannot run workspaces yet is kept, with the reason', async () => {
    const answer = await create({ name: 'Here', org_whitelist: [organization] })
    expect(answer.status).toBe(201)
    const { id } = answer.body as { id: string }
    expect(answer.body).toMatchObject({
      name: 'Here',
      kind: 'engine',
      endpoint: nowhere,
      status: 'error',
      status_reason: expect.stringMatching(/\w+ /),
      checked_at: expect.any(String),
      capacity: null,
      org_whitelist: [organization],
      workspace_count: 0,
      envproxy_access_url: server.url,
      devurl_host: `*.localhost:${new URL(server.url).port}`,
      config: { cluster_address: nowhere, ssh_enabled: false },
      cordoned_at: null,
      version: 1,
      cannot: {},
    })
    const [entry] = await entriesOf(id)
    expect(entry).toMatchObject({
      action: 'create',
      resource_type: 'resource_pool',
      target: 'Here',
      allowed_by: 'site-manager: configuration Ua',
      diff: {
        name: { before: null, after: 'Here' },
        endpoint: { before: null, after: nowhere },
        organizations: { before: null, after: ['Makers'] },
      },
    })
  })

  test('201: the first one is the built-in one, and only the first', async () => {
    await server.sql('delete from workspace_providers')
    expect((await create()).body.built_in).toBe(true)
    expect((await create()).body.built_in).toBe(false)
  })

  test('201: a remote engine; its key is sealed for its row, masked and in no answer', async () => {
    const endpoint = 'tcp://127.0.0.1:1'
    const answer = await create({ endpoint, ...tls })
    expect(answer.status).toBe(201)
    const { id } = answer.body as { id: string }
    const row = await rowOf(id)
    const { vault } = server.platform
    const key = tls.tls_key.trim()
    expect(vault.decrypt(`workspace_providers.tls_key:${id}`, row.tls_key)).toBe(key)
    expect(() => vault.decrypt(`workspace_providers.tls_key:${other}`, row.tls_key)).toThrow()
    const entries = await entriesOf(id)
    expect(entries[0].diff).toMatchObject({ tls_key: { before: null, after: '******' } })
    const secret = key.split('\n')[1]!
    expect(JSON.stringify([answer.body, entries])).not.toContain(secret)
  })

  test.each([
    ['endpoint', { endpoint: null }, 'unix:///run/podman/podman.sock'],
    ['endpoint', { endpoint: 'http://engine.example.com' }, 'tcp://host:port'],
    ['endpoint', { endpoint: 'tcp://user@engine.example.com:2376' }, 'tcp://host:port'],
    ['endpoint', { endpoint: 'tcp://engine.example.com:70000' }, '65535'],
    ['endpoint', { kind: 'sandbox' }, 'a sandbox runs on this server'],
    ['tls_ca', { endpoint: 'tcp://engine.example.com:2376' }, 'authority'],
    ['kind', { kind: null }, 'engine, sandbox'],
    ['type', { kind: null, endpoint: null, type: 'kubernetes' }, 'Kubernetes'],
    ['org_whitelist', { org_whitelist: ['nobody'] }, 'nobody'],
    ['org_whitelist', { org_whitelist: [newId(new Date())] }, 'no organization'],
  ])('400: %s of %j', async (field, fields, words) => {
    const answer = await create(fields)
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0]).toMatchObject({
      path: field,
      message: expect.stringContaining(words),
    })
  })

  test.each(['tls_ca', 'tls_certificate', 'tls_key'])('400: TCP without %s', async (field) => {
    const answer = await create({ endpoint: 'tcp://127.0.0.1:1', ...tls, [field]: null })
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0].path).toBe(field)
  })

  test('400: TLS for a local socket, a key of another certificate, what is no certificate', async () => {
    const another = makeCertificate(folder, { names: 'DNS:another' })
    const tcp = { endpoint: 'tcp://127.0.0.1:1', ...tls }
    for (const [fields, field] of [
      [tls, 'tls_ca'],
      [{ ...tcp, tls_key: readFileSync(another.key, 'utf8') }, 'tls_key'],
      [{ ...tcp, tls_certificate: tls.tls_key }, 'tls_certificate'],
      [{ ...tcp, tls_key: tls.tls_ca }, 'tls_key'],
    ] as const) {
      const answer = await create(fields)
      expect(answer.status).toBe(400)
      expect(answer.body.errors[0].path).toBe(field)
    }
  })

  test('409: a name is taken once, however it is written', async () => {
    await made({ name: 'Twice' })
    const answer = await create({ name: 'TWICE' })
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({
      code: 'provider.name_taken',
      errors: [{ path: 'name' }],
    })
  })

  test('403: who may not update the configuration learns nothing of what they sent', async () => {
    const answer = await create({ kind: 'sandbox' }, member)
    expect(answer.status).toBe(403)
    expect(answer.body.missing).toMatchObject({ resource: 'configuration', operation: 'update' })
  })
})

describe('GET /api/private/resource-pools', () => {
  test('200: who manages sees all; others those of their organizations, without how they fare', async () => {
    const [mine, theirs] = [await made(), await made({ org_whitelist: [other, organization] })]
    const foreign = await made({ org_whitelist: [other] })
    const nobodys = await made({ org_whitelist: [] })
    expect(await seenBy(manager)).toEqual(expect.arrayContaining([mine, theirs, foreign, nobodys]))
    const seen = await seenBy(member)
    expect(seen).toEqual(expect.arrayContaining([mine, theirs]))
    expect(seen).not.toContain(foreign)
    expect(seen).not.toContain(nobodys)
    expect(await seenBy(outsider)).toEqual([])

    const one = await member.send('GET', `${path}/${theirs}`)
    expect(one.status).toBe(200)
    expect(one.body).toMatchObject({
      // Not even that there is another organization.
      org_whitelist: [organization],
      endpoint: '',
      status: 'error',
      status_reason: '',
      status_version: '',
      capacity: null,
      workspace_count: null,
      config: { cluster_address: '' },
      can: { read: true, update: false, delete: false, check: false, cordon: false },
    })
    expect(one.text).not.toContain(nowhere)
    expect((await member.send('GET', `${path}/${foreign}`)).status).toBe(404)
    expect((await outsider.send('GET', `${path}/${mine}`)).status).toBe(404)
    expect((await outsider.send('PATCH', `${path}/${mine}`, { name: 'x' })).status).toBe(404)
    expect((await member.send('PATCH', `${path}/${mine}`, { name: 'x' })).status).toBe(403)
  })
})

describe('PATCH /api/private/resource-pools/:provider', () => {
  test('200: what is null stays; the entry says what changed', async () => {
    const id = await made()
    const answer = await manager.send(
      'PATCH',
      `${path}/${id}`,
      { name: 'Renamed', org_whitelist: [other] },
      { 'if-match': '"1"' },
    )
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      name: 'Renamed',
      endpoint: nowhere,
      org_whitelist: [other],
      version: 2,
    })
    const [, entry] = await entriesOf(id)
    expect(entry.action).toBe('write')
    expect(Object.keys(entry.diff as object).sort()).toEqual(['name', 'organizations'])
    expect(await seenBy(member)).not.toContain(id)
  })

  test('200: another endpoint is asked; the stored key goes on being used, and may be replaced', async () => {
    const id = await made({ endpoint: 'tcp://127.0.0.1:1', ...tls })
    const moved = await manager.send('PATCH', `${path}/${id}`, { endpoint: 'tcp://127.0.0.1:2' })
    expect(moved.body).toMatchObject({ endpoint: 'tcp://127.0.0.1:2', version: 2 })
    const sealed = (await rowOf(id)).tls_key as Buffer
    const place = `workspace_providers.tls_key:${id}`
    expect(server.platform.vault.decrypt(place, sealed)).toBe(tls.tls_key.trim())

    const renewed = await manager.send('PATCH', `${path}/${id}`, { tls_key: tls.tls_key })
    expect(renewed.status).toBe(200)
    const entries = await entriesOf(id)
    expect(entries.at(-1).diff.tls_key).toEqual({ before: '******', after: '******' })

    const local = await manager.send('PATCH', `${path}/${id}`, { endpoint: nowhere })
    expect(local.status).toBe(200)
    expect(await rowOf(id)).toMatchObject({ tls_ca: null, tls_certificate: null, tls_key: null })
  })

  test('412: a version that is over', async () => {
    const id = await made()
    const send = (body: object) =>
      manager.send('PATCH', `${path}/${id}`, body, { 'if-match': '"7"' })
    expect((await send({ name: 'Later' })).status).toBe(412)
    expect((await send({ endpoint: nowhere })).status).toBe(412)
    expect((await rowOf(id)).version).toBe(1)
  })

  test('409: an organization stays as long as it has workspaces there, and they are named', async () => {
    const id = await made({ org_whitelist: [organization, other] })
    await workspaceAt(id, other, 'stays')
    const answer = await manager.send('PATCH', `${path}/${id}`, { org_whitelist: [organization] })
    expect(answer.status).toBe(409)
    expect(answer.body.code).toBe('provider.in_use')
    expect(answer.body.title).toContain(`${member.username}/stays`)
    expect((await rowOf(id)).version).toBe(1)
    // The other one has none.
    const fine = await manager.send('PATCH', `${path}/${id}`, { org_whitelist: [other] })
    expect(fine.body.org_whitelist).toEqual([other])
  })

  test('200: another one becomes built in, and exactly one is, also when two become it at once', async () => {
    const ids = [await made(), await made()]
    const hold = await server.hold(
      "select pg_advisory_xact_lock(hashtext('workspace_providers.built_in'))",
    )
    const answers = ids.map((id) => manager.send('PATCH', `${path}/${id}`, { built_in: true }))
    await hold.untilWaiting(2)
    await hold.release()
    for (const { status, body } of await Promise.all(answers)) {
      expect([status, body.built_in]).toEqual([200, true])
    }
    const rows = await server.sql('select id from workspace_providers where built_in')
    expect(rows).toHaveLength(1)
    expect(ids).toContain(rows[0].id)
  })
})

describe('DELETE /api/private/resource-pools/:provider', () => {
  test('204: and when it was the built-in one, the oldest that stays is it', async () => {
    await server.sql('delete from workspaces')
    await server.sql('delete from workspace_providers')
    const [first, second] = [await made(), await made()]
    expect((await manager.send('DELETE', `${path}/${first}`)).status).toBe(204)
    expect((await rowOf(second)).built_in).toBe(true)
    expect((await entriesOf(first)).at(-1)).toMatchObject({
      action: 'delete',
      diff: { name: { after: null } },
    })
  })

  test('409: not while workspaces are there, and some of them are named', async () => {
    const id = await made()
    for (let number = 0; number < 12; number++) await workspaceAt(id, organization, `ws-${number}`)
    const answer = await manager.send('DELETE', `${path}/${id}`)
    expect(answer.status).toBe(409)
    expect(answer.body.code).toBe('provider.in_use')
    expect(answer.body.error.details.workspaces).toHaveLength(10)
    expect(answer.body.error.details.count).toBe(12)
    expect(answer.body.title).toContain('and 2 more')
    const shown = (await manager.send('GET', `${path}/${id}`)).body
    expect(shown).toMatchObject({ workspace_count: 12, can: { delete: false } })
    expect(shown.cannot.delete).toContain('12 workspaces')
  })

  test('409: one that a workspace comes to in the meantime stays', async () => {
    const id = await made()
    const hold = await server.hold('select 1 from workspace_providers where id = $1 for share', [
      id,
    ])
    const answer = manager.send('DELETE', `${path}/${id}`)
    await hold.untilWaiting(1)
    await workspaceAt(id, organization, 'just-made')
    await hold.release()
    expect((await answer).status).toBe(409)
  })
})

describe('cordon', () => {
  test('200: with a reason that people see, and back', async () => {
    const id = await made()
    const cordoned = await manager.send('POST', `${path}/${id}/cordon`, {
      reason: 'A disk is full',
    })
    expect(cordoned.status).toBe(200)
    expect(cordoned.body).toMatchObject({
      status: 'error',
      cordoned_at: expect.any(String),
      can: { cordon: false, uncordon: true },
    })
    const seen = (await member.send('GET', `${path}/${id}`)).body
    expect(seen.cordon_reason).toBe('A disk is full')
    const back = await manager.send('POST', `${path}/${id}/uncordon`)
    expect(back.body).toMatchObject({ cordoned_at: null, cordon_reason: '' })
    const entries = await entriesOf(id)
    expect(entries.map(({ action }) => action as string)).toEqual(['create', 'cordon', 'uncordon'])
    expect(entries[1].diff).toMatchObject({ cordon_reason: { after: 'A disk is full' } })
  })
})

describe('the first start', () => {
  test('makes a built-in one for every organization, once, and new organizations get it too', async () => {
    await server.sql('delete from workspaces')
    await server.sql('delete from workspace_providers')
    await Promise.all([addBuiltIn(server.platform), addBuiltIn(server.platform)])
    const list = (await manager.send('GET', path)).body.kubernetes
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ name: 'built-in', built_in: true, status: 'pending' })
    expect(list[0].org_whitelist).toEqual(expect.arrayContaining([organization, other]))

    const made = await manager.send('POST', '/api/v0/orgs', { name: 'Newcomers' })
    const again = (await manager.send('GET', path)).body.kubernetes[0]
    expect(again.org_whitelist).toContain(made.body.id)
    const [entry] = await entriesOf(made.body.id as string)
    expect(entry.diff.provider).toEqual({ before: null, after: 'built-in' })
  })
})
