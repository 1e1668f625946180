import { newId } from '../src/platform/ids.ts'
import { readInstallationId } from '../src/platform/installation.ts'
import { installationLabel } from '../src/provider/engine/names.ts'
import { run } from '../src/workspaces/run.ts'
import { type TestEngine, useEngine } from './engine.ts'
import { type Person, startServer, type TestServer } from './harness.ts'

/** Where nothing listens: builds there fail, and say why. */
export const nowhere = 'unix:///nonexistent/engine.sock'

let count = 0

/** Adds a workspace provider that these organizations may use; answers its id. */
export async function addProvider(
  server: Pick<TestServer, 'sql' | 'organizationId'>,
  endpoint = nowhere,
  organizations: readonly string[] = [server.organizationId],
): Promise<string> {
  const id = newId(new Date())
  await server.sql(
    `insert into workspace_providers (id, name, kind, endpoint, status, created_at, updated_at)
     values ($1, $2, 'engine', $3, 'ready', now(), now())`,
    [id, `provider ${++count}`, endpoint],
  )
  await server.sql(
    `insert into workspace_provider_organizations (provider_id, organization_id)
     select $1, unnest($2::uuid[])`,
    [id, organizations],
  )
  return id
}

export interface ImageOptions {
  readonly organization?: string
  /** As a local image of an engine: `repository:tag`. */
  readonly reference?: string
}

/** Adds an image that engines have already, with this default tag and a tag `old`; answers its id. */
export async function addImage(
  server: Pick<TestServer, 'sql' | 'organizationId'>,
  { organization = server.organizationId, reference = `image-${++count}:made` }: ImageOptions = {},
): Promise<string> {
  const id = newId(new Date())
  const at = reference.lastIndexOf(':')
  await server.sql(
    `insert into images (id, organization_id, source, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values ($1, $2, 'local', $3, 1, 0.5, 1, now() + interval '1 day', now(), now())`,
    [id, organization, reference.slice(0, at)],
  )
  await server.sql(
    `insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at,
       checked_at, size, created_at, updated_at)
     select $1, tag, tag = $2, 'sha256:' || tag, now(), now(), 1, now(), now()
     from unnest(array[$2, 'old']) as t (tag)`,
    [id, reference.slice(at + 1)],
  )
  return id
}

/** Waits until no build of a workspace is under way; answers the workspace. */
export async function untilBuilt(person: Pick<Person, 'send'>, id: string) {
  for (;;) {
    const { body } = await person.send('GET', `/api/v0/workspaces/${id}`)
    if (!['queued', 'building', 'stopping'].includes(body.status as string)) return body
  }
}

/** A server with a real engine, and what people do with both. */
export interface World {
  readonly server: TestServer
  readonly engine: TestEngine
  readonly provider: string
  readonly image: string
  /** Creates a workspace of the engine's base image. */
  create(by: Person, fields?: object): Promise<{ readonly id: string; readonly path: string }>
  /** Runs a line of a shell in a workspace; answers what it prints. */
  inside(id: string, line: string, user?: string): Promise<string>
  untilGone(id: string): Promise<void>
  /** The containers of this server that run. */
  running(): Promise<readonly string[]>
  /** Containers, networks and volumes that the engine keeps for this server. */
  kept(): Promise<readonly string[]>
}

export async function startWorld(): Promise<World> {
  const [server, engine] = await Promise.all([startServer(), useEngine()])
  if (engine.image.kind !== 'local') throw new Error('the engine has its image')
  const { reference } = engine.image
  const [provider, image] = [
    await addProvider(server, engine.url),
    await addImage(server, { reference }),
  ]
  const installation = await readInstallationId(server.platform.db, server.platform.clock)
  const named = async (...args: string[]): Promise<string[]> => {
    const label = `label=${installationLabel}=${installation}`
    const name = args[0] === 'ps' ? '{{.Names}}' : '{{.Name}}'
    const printed = await engine.podman(...args, '--filter', label, '--format', name)
    return printed.split('\n').filter((line) => line !== '')
  }
  return {
    server,
    engine,
    provider,
    image,
    async create(by, fields = {}) {
      const body = {
        name: `w${++count}`,
        org_id: server.organizationId,
        image_id: image,
        ...fields,
      }
      const { body: made, text } = await by.send('POST', '/api/v0/workspaces', body)
      if (typeof made.id !== 'string') throw new Error(text)
      return { id: made.id, path: `/api/v0/workspaces/${made.id as string}` }
    },
    async inside(id, line, user) {
      const found = await server.platform.providers.of(provider)
      const printed: string[] = []
      const argv: [string, ...string[]] = ['sh', '-c', line]
      const command = user === undefined ? { argv } : { argv, user }
      const report = (text: string) => printed.push(text)
      const code = await run(found, id, command, { report, signal: AbortSignal.timeout(20_000) })
      return `${code === 0 ? '' : `exit ${code}: `}${printed.join('\n')}`
    },
    async untilGone(id) {
      while ((await server.sql('select 1 from workspaces where id = $1', [id])).length > 0);
    },
    running: () => named('ps'),
    async kept() {
      const lists = [
        await named('ps', '--all'),
        await named('network', 'ls'),
        await named('volume', 'ls'),
      ]
      return lists.flat()
    },
  }
}
