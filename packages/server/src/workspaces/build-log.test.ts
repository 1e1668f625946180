import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'
import { newId } from '../platform/ids.ts'
import { openLog } from './build-log.ts'
import { beginBuild } from './builds.ts'

let server: TestServer
let workspace: string
beforeAll(async () => {
  server = await startServer()
  const { id: owner } = await server.person()
  workspace = await addWorkspace(server, { owner, organization: server.organizationId })
})
afterAll(() => server.stop())

async function addBuild(): Promise<string> {
  const id = newId(new Date())
  await server.sql(
    `insert into workspace_builds (id, workspace_id, kind, status, created_at)
     values ($1, $2, 'start', 'running', now())`,
    [id, workspace],
  )
  return id
}

const messages = async (build: string) => {
  const rows = await server.sql(
    'select message from workspace_build_logs where build_id = $1 order by sequence',
    [build],
  )
  return rows.map((row) => String(row.message))
}

test('however much is printed, few megabytes are kept, and what went wrong after it', async () => {
  const build = await addBuild()
  const log = openLog(server.platform, workspace, build)
  for (let line = 0; line < 5_000; line++) log.detail('x'.repeat(4_000))
  log.error('it failed')
  log.detail('not this either')
  await log.flush()
  const kept = await messages(build)
  expect(kept.slice(-2)).toEqual(['What else it printed is not kept', 'it failed'])
  expect(kept.join('').length).toBeLessThan(5_000_000)
  expect(kept.length).toBeGreaterThan(900)
})

test('what is printed commands no terminal of who reads it', async () => {
  const build = await addBuild()
  const log = openLog(server.platform, workspace, build)
  log.detail('\u001b]0;owned\u0007safe\u001b[2J')
  log.stage('a\0b')
  await log.flush()
  expect(await messages(build)).toEqual(['safe', 'ab'])
})

test('of builds again and again the newest are kept, with their logs', async () => {
  const { platform } = server
  const { id: owner } = await server.person()
  const place = { owner, organization: server.organizationId, status: 'off', name: 'again' }
  const id = await addWorkspace(server, place)
  await server.sql(
    `insert into workspace_builds (id, workspace_id, kind, status, created_at)
     select gen_random_uuid(), $1, 'start', 'failed', now() - n * interval '1 hour'
     from generate_series(1, 30) n`,
    [id],
  )
  const initiator = {
    actor: null,
    request: { id: '', ip: '', userAgent: '' },
    allowedBy: 'a test',
  }
  const build = await platform.db
    .transaction()
    .execute((tx) =>
      beginBuild(tx, platform, { id, status: 'off', user_id: owner }, 'start', initiator),
    )
  const kept = await server.sql(
    'select id from workspace_builds where workspace_id = $1 order by created_at desc',
    [id],
  )
  expect(kept).toHaveLength(10)
  expect(kept[0].id).toBe(build)
})
