import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

/** The names of the events that an open page of a person hears. */
async function listen(person: Person) {
  const stop = new AbortController()
  const response = await fetch(`${server.url}/api/v0/events`, {
    headers: { 'session-token': person.token },
    signal: stop.signal,
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const heard: string[] = []
  return {
    heard,
    /** Reads until an event of this name has come. */
    async until(event: string) {
      for (let text = ''; !heard.includes(event);) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`the stream ended without ${event}`)
        text += value
        for (const [, name] of text.matchAll(/^event: (\w+)$/gm)) heard.push(name!)
        text = text.slice(text.lastIndexOf('\n') + 1)
      }
    },
    stop: () => {
      stop.abort()
    },
  }
}

/** Says that workspaces changed, and then something that everybody hears. */
async function change(...ids: readonly string[]): Promise<void> {
  const { signals, db } = server.platform
  await signals.send(db, 'workspaces', { ids })
}

test('only who may read a workspace hears that it changed: its owner, and those with Ra', async () => {
  const ann = await server.person()
  const manager = await server.person('site-member', {
    organizations: { [server.organizationId]: 'organization-manager' },
  })
  const other = await server.person()
  const elsewhere = await server.person('site-member', {
    organizations: { [await server.organization()]: 'organization-super-manager' },
  })
  const id = await addWorkspace(server, { owner: ann.id, organization: server.organizationId })
  const pages = await Promise.all([ann, manager, server.admin, other, elsewhere].map(listen))
  const [anns, managers, admins, others, foreigners] = pages
  await change(id)
  await Promise.all([anns, managers, admins].map((page) => page!.until('workspaces_changed')))
  // What all of them hear comes after what these two must not have heard.
  await server.platform.signals.send(server.platform.db, 'banners', {})
  await Promise.all([others, foreigners].map((page) => page!.until('banners_changed')))
  expect([others!.heard, foreigners!.heard]).toEqual([['banners_changed'], ['banners_changed']])
  for (const page of pages) page.stop()
})

test('its owner hears that a workspace is gone, of which the database knows nothing more', async () => {
  const ann = await server.person()
  const id = await addWorkspace(server, { owner: ann.id, organization: server.organizationId })
  const first = await listen(ann)
  await change(id)
  await first.until('workspaces_changed')
  first.stop()

  const second = await listen(ann)
  await server.sql('delete from workspaces where id = $1', [id])
  await change(id)
  await second.until('workspaces_changed')
  second.stop()
})

test('many changes at once are told together, and the last one is not forgotten', async () => {
  const ann = await server.person()
  const id = await addWorkspace(server, { owner: ann.id, organization: server.organizationId })
  const page = await listen(ann)
  for (let line = 0; line < 50; line++) await change(id)
  await page.until('workspaces_changed')
  await change(id)
  const before = page.heard.length
  page.heard.length = 0
  await page.until('workspaces_changed')
  expect(before + page.heard.length).toBeLessThan(10)
  page.stop()
})
