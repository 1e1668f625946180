import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestEngine, useEngine } from '../../../test/engine.ts'
import { debian, pushImage } from '../../../test/oci-image.ts'
import { registryUser, type Running, startRegistry } from '../../../test/registry.ts'
import { specOf } from '../../../test/provider-bench.ts'
import type { ImageSource, WorkspaceProvider } from '../provider.ts'
import { openEngine } from './engine.ts'

let engine: TestEngine
let provider: WorkspaceProvider
let anonymous: Running
let guarded: Running
const never = new AbortController().signal

beforeAll(async () => {
  engine = await useEngine()
  provider = openEngine({ endpoint: { url: engine.url }, installationId: randomUUID() })
  ;[anonymous, guarded] = await Promise.all([startRegistry(), startRegistry({ auth: 'password' })])
}, 300_000)
afterAll(async () => {
  await provider.close()
  await Promise.all([anonymous.stop(), guarded.stop()])
})

const source = (
  registry: Running,
  name: string,
  digest: string,
  fields: Partial<Extract<ImageSource, { kind: 'registry' }>> = {},
): ImageSource => ({
  kind: 'registry',
  reference: `${registry.host}/${name}`,
  digest,
  plainHttp: true,
  credentials: undefined,
  ...fields,
})

const layers = [{ layers: [{ 'etc/os-release': debian, 'etc/made-by': randomUUID() }] }]

test('an image comes by its digest from a registry without credentials, over http', async () => {
  const digest = pushImage(anonymous, 'team/tools:1', layers)
  // The tag moves on: what was chosen is taken.
  pushImage(anonymous, 'team/tools:1', [{ layers: [{ 'etc/os-release': 'other' }] }])
  const image = source(anonymous, 'team/tools:1', digest)
  const lines: string[] = []
  await provider.fetchImage(image, (line) => lines.push(line), never)
  expect(lines[0]).toBe(`Pulling ${anonymous.host}/team/tools@${digest}`)
  expect(lines.length).toBeGreaterThan(1)
  const spec = specOf(image)
  await provider.create(spec, () => undefined)
  await provider.remove(spec.workspaceId, 'nothing')

  // Another registry must show the image itself, whatever the engine has.
  await expect(
    provider.create(specOf(source(guarded, 'team/tools:1', digest)), () => undefined),
  ).rejects.toMatchObject({ code: 'image' })
  const again: string[] = []
  await provider.fetchImage(image, (line) => again.push(line), never)
  expect(again).toEqual([])
})

test('an image for several platforms is taken for this one', async () => {
  const digest = pushImage(anonymous, 'team/many:1', [
    { layers: [{ 'etc/os-release': debian }] },
    { layers: [{ 'etc/os-release': debian, other: '' }], architecture: 'arm64' },
  ])
  const image = source(anonymous, 'team/many:1', digest)
  await provider.fetchImage(image, () => undefined, never)
  const spec = specOf(image)
  await provider.create(spec, () => undefined)
  await provider.remove(spec.workspaceId, 'nothing')
})

test('credentials are used, wrong and missing ones are said', async () => {
  const digest = pushImage(guarded, 'team/closed:1', layers, { withPassword: true })
  for (const credentials of [undefined, { username: 'ann', password: 'wrong' }]) {
    const image = source(guarded, 'team/closed:1', digest, { credentials })
    await expect(provider.fetchImage(image, () => undefined, never)).rejects.toMatchObject({
      code: 'image',
      message: `${guarded.host} did not accept the credentials: correct the user and password of the registry.`,
    })
    await expect(provider.create(specOf(image), () => undefined)).rejects.toMatchObject({
      code: 'image',
    })
  }
  const image = source(guarded, 'team/closed:1', digest, { credentials: registryUser })
  await provider.fetchImage(image, () => undefined, never)
  const spec = specOf(image)
  await provider.create(spec, () => undefined)
  await provider.remove(spec.workspaceId, 'nothing')
})

test('what is wrong with a registry is said in a sentence', async () => {
  const digest = pushImage(anonymous, 'team/there:1', layers)
  const gone = `sha256:${'0'.repeat(64)}`
  for (const [image, message] of [
    [source(anonymous, 'team/there:1', gone), /is not in its registry any more/],
    [source(anonymous, 'team/there:1', digest, { plainHttp: false }), /speaks http only/],
    [source({ ...anonymous, host: '127.0.0.1:1' }, 'a/b:1', digest), /cannot reach 127.0.0.1:1/],
    [{ kind: 'local', reference: 'localhost/none:1' }, /does not have the image/],
    [{ kind: 'host' }, /only for the sandbox/],
  ] as const) {
    await expect(
      provider.fetchImage(image, () => undefined, never),
      String(message),
    ).rejects.toMatchObject({ code: 'image', message: expect.stringMatching(message) as string })
  }
})

test('a pull that is aborted ends, and leaves nothing half there', async () => {
  // Takes the connection and never answers.
  const silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  const { port } = silent.address() as AddressInfo
  const connected = new Promise<void>((resolve) => {
    silent.once('connection', () => {
      resolve()
    })
  })
  const image = source(
    { ...anonymous, host: `127.0.0.1:${port}` },
    'slow/image:1',
    `sha256:${'1'.repeat(64)}`,
  )
  const before = await engine.podman('images', '--all', '--quiet')
  const abort = new AbortController()
  const pull = provider.fetchImage(image, () => undefined, abort.signal)
  await connected
  abort.abort(new Error('enough'))
  await expect(pull).rejects.toThrow('enough')
  await expect(provider.fetchImage(image, () => undefined, abort.signal)).rejects.toThrow('enough')
  expect(await engine.podman('images', '--all', '--quiet')).toBe(before)
  // The engine has let go of the registry.
  await new Promise((resolve) => {
    silent.close(resolve)
  })
})
