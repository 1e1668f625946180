import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { debian, pushImage } from '../../test/oci-image.ts'
import { registryUser, type Running, startRegistry, startStub } from '../../test/registry.ts'

let server: TestServer
let open: Running
let closed: Running
let organization: string
let importer: Person
let keeper: Person
beforeAll(async () => {
  ;[server, open, closed] = await Promise.all([
    startServer(),
    startRegistry(),
    startRegistry({ auth: 'password' }),
  ])
  await server.admin.send('PATCH', '/api/v0/config', { registry_allowed_networks: ['127.0.0.1'] })
  organization = await server.organization('Makers')
  const inIt = (role: 'organization-importer' | 'organization-image-manager') =>
    server.person('site-member', { organizations: { [organization]: role } })
  importer = await inIt('organization-importer')
  keeper = await inIt('organization-image-manager')
  pushImage(open, 'team/base:1', [{ layers: [{ 'etc/os-release': debian }] }])
})
afterAll(async () => {
  for (const each of [open, closed, server]) await each.stop()
})

const path = '/api/v0/images'
const plain = { default_cpu_cores: 1, default_memory_gb: 2.5, default_disk_gb: 10 }
let count = 0

/** Adds a registry, and answers its id. */
async function registryAt(address: string, fields: object = {}, org = organization) {
  const answer = await server.admin.send('POST', '/api/v0/registries', {
    org_id: org,
    friendly_name: `Registry ${++count}`,
    registry: address,
    ...fields,
  })
  expect(answer.status, answer.text).toBe(201)
  return answer.body.id as string
}

function send(fields: object, by = importer) {
  const body = { org_id: organization, repository: 'team/base', tag: '1', ...plain, ...fields }
  return by.send('POST', path, body)
}

/** Imports an image from a registry of its own. */
async function importOne(fields: object = {}) {
  const answer = await send({ registry_id: await registryAt(`http://${open.host}`), ...fields })
  expect(answer.status, answer.text).toBe(201)
  return answer.body as { id: string; default_tag: { latest_hash: string } }
}

const everything = () =>
  server.sql(
    'select (select count(*) from images), (select count(*) from image_tags), (select count(*) from registries)',
  )

describe('POST /api/v0/images', () => {
  test('201: an importer imports; digest, size and system are what the registry has', async () => {
    const layers = [{ 'etc/os-release': debian }, { 'usr/bin/tool': 'x' }]
    const digest = pushImage(open, 'team/image:12', [{ layers }])
    const registry = await registryAt(`http://${open.host}`)
    const fields = {
      registry_id: registry,
      repository: 'team/image',
      tag: '12',
      description: 'Ours',
    }
    const answer = await send({ ...fields, url: 'https://git.example.com/image' })
    expect([answer.status, answer.headers.get('etag')]).toEqual([201, '"1"'])
    expect(answer.body).toMatchObject({
      organization_id: organization,
      repository: 'team/image',
      description: 'Ours',
      url: 'https://git.example.com/image',
      ...plain,
      deprecated: false,
      tag_count: 1,
      registry: { id: registry, registry: `http://${open.host}`, username: null },
      can: { read: true, update: false, delete: false, add_tags: true, refresh: false },
      default_tag: {
        tag: '12',
        default: true,
        decommissioned: false,
        latest_hash: digest,
        os_release: {
          id: 'debian',
          pretty_name: 'Debian GNU/Linux 12 (bookworm)',
          home_url: 'https://www.debian.org/',
        },
        workspaces: null,
        failure: null,
      },
    })
    const manifest = (await (
      await fetch(`http://${open.host}/v2/team/image/manifests/12`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
    ).json()) as { config: { size: number }; layers: { size: number }[] }
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size)
    expect(answer.body.default_tag.size).toBe(size)
    const entries = await server.sql('select * from audit_log where resource_id = $1', [
      answer.body.id,
    ])
    expect(entries).toMatchObject([
      {
        action: 'create',
        resource_type: 'image',
        target: 'team/image:12',
        allowed_by: 'organization-importer: images C',
        diff: { default_tag: { before: null, after: '12' } },
      },
    ])
  })

  test('201: of several platforms linux/amd64 is read, and the list is what the tag leads to', async () => {
    const digest = pushImage(open, 'team/many:1', [
      { architecture: 'arm64', layers: [{ 'etc/os-release': 'ID=arm\n' }] },
      { layers: [{ 'etc/os-release': debian }] },
    ])
    const { default_tag: tag } = await importOne({ repository: 'team/many' })
    expect(tag).toMatchObject({ latest_hash: digest, os_release: { id: 'debian' } })
  })

  test('201: an image in the older form of Docker', async () => {
    const digest = pushImage(open, 'team/older:1', [{ layers: [{ 'etc/os-release': debian }] }], {
      format: 'v2s2',
    })
    const { default_tag: tag } = await importOne({ repository: 'team/older' })
    expect(tag).toMatchObject({ latest_hash: digest, os_release: { id: 'debian' } })
  })

  test('201: with a password, and with a registry that comes with it', async () => {
    pushImage(closed, 'team/secret:1', [{ layers: [{}] }], { withPassword: true })
    const manager = await server.person('site-member', {
      organizations: { [organization]: 'organization-manager' },
    })
    const added = { friendly_name: 'Added', registry: `http://${closed.host}`, ...registryUser }
    const fields = { repository: 'team/secret', new_registry: added }
    const answer = await send(fields, manager)
    expect(answer.status, answer.text).toBe(201)
    expect(answer.body).toMatchObject({
      registry: { friendly_name: 'Added', username: 'ann', has_password: true },
      default_tag: { os_release: null },
    })
    expect(answer.text).not.toContain(registryUser.password)
    const entries = await server.sql(
      "select resource_type, allowed_by from audit_log where request_id = $1 and outcome = 'success' order by id",
      [answer.headers.get('x-request-id')],
    )
    expect(entries).toEqual([
      { resource_type: 'registry', allowed_by: 'organization-manager: registries C' },
      { resource_type: 'image', allowed_by: 'organization-manager: images C' },
    ])
  })

  test('422: what is wrong is said, and nothing is kept', async () => {
    pushImage(open, 'team/arm:1', [
      { architecture: 'arm64', layers: [{}] },
      { architecture: 's390x', layers: [{}] },
    ])
    const [anybody, known, wrong, gone, page] = await Promise.all([
      registryAt(`http://${open.host}`),
      registryAt(`http://${closed.host}`),
      registryAt(`http://${closed.host}`, { ...registryUser, password: 'wrong' }),
      registryAt('http://127.0.0.1:1'),
      registryAt('https://10.0.0.1'),
    ])
    const before = await everything()
    const attempts: [object, string, RegExp][] = [
      [{ registry_id: anybody, tag: '2' }, 'image_not_found', /There is no team\/base:2 on 127/],
      [{ registry_id: anybody, repository: 'x' }, 'image_not_found', /There is no x:1 on 127/],
      [{ registry_id: anybody, repository: 'team/arm' }, 'image_unsupported', /linux\/amd64/],
      [{ registry_id: known }, 'credentials_required', /without a username/],
      [{ registry_id: wrong }, 'credentials_refused', /team\/base to the user/],
      [{ registry_id: gone }, 'connection_refused', /refused the connection/],
      [{ registry_id: page }, 'not_allowed', /private network/],
    ]
    for (const [fields, result, message] of attempts) {
      const answer = await send(fields)
      expect([answer.status, answer.body.code, answer.body.error.details.result]).toEqual([
        422,
        'registry.failed',
        result,
      ])
      expect(answer.body.error.msg).toMatch(message)
    }
    expect(await everything()).toEqual(before)
  })

  test('400: another organization’s registry is none to choose; a repository is not an address', async () => {
    const foreign = await registryAt(
      `http://${closed.host}`,
      registryUser,
      await server.organization(),
    )
    const own = await registryAt(`http://${open.host}`)
    const before = await everything()
    const both = { registry_id: own, new_registry: { friendly_name: 'x', registry: 'example.com' } }
    for (const [fields, field] of [
      [{ registry_id: foreign }, 'registry_id'],
      [{ registry_id: 'nothing' }, 'registry_id'],
      [{}, 'registry_id'],
      [{ registry_id: own, repository: 'localhost:5000/x' }, 'repository'],
      [{ registry_id: own, repository: '../../../etc' }, 'repository'],
      [{ registry_id: own, repository: 'x:latest' }, 'repository'],
      [{ registry_id: own, tag: 'a/b' }, 'tag'],
      [{ registry_id: own, url: 'javascript:alert(1)' }, 'url'],
    ] as const) {
      const answer = await send(fields)
      expect([field, answer.status]).toEqual([field, 400])
      expect(answer.body.errors[0].path).toContain(field)
    }
    // Two registries at once: only who may add any is told so.
    expect((await send(both, server.admin)).body.errors[0].path).toBe('new_registry')
    expect(await everything()).toEqual(before)
  })

  test('403 and 404: who may not import has nothing contacted', async () => {
    const stub = await startStub((_, response) => response.end('{}'))
    try {
      const registry = await registryAt(`http://${stub.host}`)
      const member = await server.person('site-member', {
        organizations: { [organization]: 'organization-member' },
      })
      const outsider = await server.person()
      const added = { friendly_name: 'Mine', registry: `http://${stub.host}` }
      const answers = [
        await send({ registry_id: registry }, member),
        await send({ registry_id: registry }, outsider),
        // Importing does not bring the right to add registries.
        await send({ new_registry: added }, importer),
      ]
      expect(answers.map((answer) => answer.status)).toEqual([403, 404, 403])
      expect(answers[2]!.body.missing).toMatchObject({ resource: 'registries', mark: 'C' })
      expect(stub.asked).toEqual([])
    } finally {
      await stub.stop()
    }
  })

  test('409: a repository is imported once from a registry', async () => {
    const registry = await registryAt(`http://${open.host}`)
    expect((await send({ registry_id: registry })).status).toBe(201)
    const again = await send({ registry_id: registry })
    expect([again.status, again.body.code]).toEqual([409, 'image.exists'])
  })

  test('a registry that somebody changes meanwhile is not the one that was asked', async () => {
    const registry = await registryAt(`http://${open.host}`)
    const hold = await server.hold('select 1 from registries where id = $1 for update', [registry])
    const answer = send({ registry_id: registry })
    await hold.untilWaiting(1)
    await hold.release()
    expect((await answer).status).toBe(201)
  })
})

describe('GET /api/v0/images', () => {
  test('200: those of one’s organizations, in pages, and of one organization', async () => {
    const [here, elsewhere] = [await server.organization(), await server.organization()]
    for (const org of [here, elsewhere]) {
      const registry_id = await registryAt(`http://${open.host}`, {}, org)
      expect((await send({ org_id: org, registry_id }, server.admin)).status).toBe(201)
    }
    const reader = await server.person('site-member', {
      organizations: { [here]: 'organization-member' },
    })
    const whole = await reader.send('GET', path)
    expect(whole.body).toMatchObject([{ organization_id: here, default_tag: { tag: '1' } }])
    const [id] = whole.body.map((image: { id: string }) => image.id) as [string]
    expect((await reader.send('GET', `${path}?org=${elsewhere}&limit=5`)).body).toEqual([])
    expect((await reader.send('GET', `${path}/${id}`)).body.can).toMatchObject({ update: false })
    const other = await server.admin.send('GET', `${path}?org=${elsewhere}&workspaces=false`)
    expect(other.body).toHaveLength(1)
    expect((await reader.send('GET', `${path}/${other.body[0].id as string}`)).status).toBe(404)

    const first = await server.admin.send('GET', `${path}?limit=1&q=BASE`)
    expect(Number(first.headers.get('x-total-count'))).toBeGreaterThan(1)
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await server.admin.send('GET', next)
    expect(second.body).toHaveLength(1)
    expect(second.body[0].id).not.toBe(first.body[0].id)
    for (const role of ['site-member', 'site-auditor'] as const) {
      const person = await server.person(role, { organizations: {} })
      expect((await person.send('GET', path)).body).toEqual([])
    }
  })

  test('a key for images alone is shown neither the registry nor the tag', async () => {
    const { id } = await importOne()
    const made = await keeper.send('POST', '/api/v0/api-keys/me', {
      name: 'images',
      scopes: ['images:read'],
    })
    const headers = { 'session-token': made.body.key as string }
    const answer = await server.send('GET', `${path}/${id}`, undefined, headers)
    expect(answer.body).toMatchObject({ id, registry: null, default_tag: null })
    expect((await server.send('GET', `${path}/${id}/tags`, undefined, headers)).status).toBe(403)
  })
})

describe('PATCH and DELETE /api/v0/images/:image', () => {
  test('200: an image manager changes it; an importer does not', async () => {
    const { id } = await importOne()
    const changes = { default_cpu_cores: 4, deprecated: true, description: null, default_tag: null }
    expect((await importer.send('PATCH', `${path}/${id}`, changes)).status).toBe(403)
    const answer = await keeper.send('PATCH', `${path}/${id}`, changes)
    expect(answer.body).toMatchObject({ default_cpu_cores: 4, deprecated: true, version: 2 })
    const stale = await keeper.send('PATCH', `${path}/${id}`, changes, { 'if-match': '"1"' })
    expect(stale.status).toBe(412)
    const entries = await server.sql(
      "select diff from audit_log where resource_id = $1 and action = 'write' and outcome = 'success'",
      [id],
    )
    expect(entries).toEqual([
      {
        diff: {
          default_cpu_cores: { before: 1, after: 4 },
          deprecated: { before: false, after: true },
        },
      },
    ])
  })

  test('204: its tags go with it, and its registry may go then', async () => {
    const registry_id = await registryAt(`http://${open.host}`)
    const { id } = await importOne({ registry_id })
    const registry = `/api/v0/registries/${registry_id}`
    const used = await server.admin.send('DELETE', registry)
    expect([used.status, used.body.code]).toEqual([409, 'registry.in_use'])
    const shown = await server.admin.send('GET', registry)
    expect(shown.body).toMatchObject({
      can: { delete: false },
      cannot: { delete: used.body.title },
    })
    expect((await importer.send('DELETE', `${path}/${id}`)).status).toBe(403)
    expect((await keeper.send('DELETE', `${path}/${id}`)).status).toBe(204)
    expect(await server.sql('select 1 from image_tags where image_id = $1', [id])).toEqual([])
    expect((await server.admin.send('DELETE', registry)).status).toBe(204)
  })

  test('409: a registry from which an image comes while its deletion waits', async () => {
    const registry_id = await registryAt(`http://${open.host}`)
    const importing = new pg.Client(server.databaseUrl)
    await importing.connect()
    try {
      await importing.query('begin')
      await importing.query(
        `insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
           default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
         values (gen_random_uuid(), $1, $2, 'team/late', 1, 1, 1, now(), now(), now())`,
        [organization, registry_id],
      )
      const answer = server.admin.send('DELETE', `/api/v0/registries/${registry_id}`)
      for (;;) {
        const waiting = await server.sql(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        if (waiting.length > 0) break
      }
      await importing.query('commit')
      expect((await answer).body.code).toBe('registry.in_use')
    } finally {
      await importing.end()
    }
    await server.sql("delete from images where repository = 'team/late'")
  })

  test('an organization takes its images and registries along', async () => {
    const org = await server.organization()
    const registry_id = await registryAt(`http://${open.host}`, {}, org)
    const made = await send({ org_id: org, registry_id }, server.admin)
    expect((await server.admin.send('DELETE', `/api/v0/orgs/${org}`)).status).toBe(204)
    expect((await server.admin.send('GET', `${path}/${made.body.id as string}`)).status).toBe(404)
  })
})
