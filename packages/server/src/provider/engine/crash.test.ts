import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type CrashingEngine,
  type Moment,
  startCrashingEngine,
} from '../../../test/crashing-engine.ts'
import { outcomeOf, specOf } from '../../../test/provider-bench.ts'
import { baseImageVersion } from '../base-image.ts'
import type { WorkspaceProvider, WorkspaceSpec } from '../provider.ts'
import { openEngine } from './engine.ts'

let engine: CrashingEngine
let provider: WorkspaceProvider

beforeAll(async () => {
  engine = await startCrashingEngine()
  provider = openEngine({ endpoint: { url: engine.url }, installationId: randomUUID() })
}, 300_000)
afterAll(async () => {
  await provider.close()
  engine.stop()
})

const quiet = () => undefined
const newSpec = () =>
  specOf({ kind: 'local', reference: `localhost/atelier-base:${baseImageVersion}` })

async function leaveMark({ workspaceId }: WorkspaceSpec): Promise<void> {
  await outcomeOf(provider, workspaceId, 'echo mine > ~/kept; sync')
}

/** The workspace is built again, and its home is what it was. */
async function expectRepair(spec: WorkspaceSpec, hasMark: boolean): Promise<void> {
  await provider.create(spec, quiet)
  await provider.start(spec.workspaceId)
  const look = 'cat ~/kept; test -f ~/.bashrc && echo filled'
  expect((await outcomeOf(provider, spec.workspaceId, look)).stdout).toBe(
    hasMark ? 'mine\nfilled\n' : 'filled\n',
  )
}

/** What is interrupted, from which state it begins, and whether a home with something in it is there. */
const interrupted: Readonly<
  Record<
    string,
    {
      begin: (spec: WorkspaceSpec) => Promise<void>
      step: (id: string, spec: WorkspaceSpec) => Promise<void>
      marked: boolean
    }
  >
> = {
  'the first build': {
    begin: () => Promise.resolve(),
    step: async (id, spec) => {
      await provider.create(spec, quiet)
      await provider.start(id)
    },
    marked: false,
  },
  'a rebuild': {
    begin: async (spec) => {
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      await leaveMark(spec)
    },
    step: async (id, spec) => {
      await provider.create({ ...spec, diskGb: 2 }, quiet)
      await provider.start(id)
    },
    marked: true,
  },
  'a stop': {
    begin: async (spec) => {
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      await leaveMark(spec)
    },
    step: (id) => provider.stop(id),
    marked: true,
  },
  'a removal that keeps the home': {
    begin: async (spec) => {
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      await leaveMark(spec)
    },
    step: (id) => provider.remove(id, 'home'),
    marked: true,
  },
}

test.for(
  Object.keys(interrupted).flatMap((what) =>
    (['during', 'after'] as const).map((moment): [string, Moment] => [what, moment]),
  ),
)(
  '%s is repaired wherever the engine was killed (%s a request)',
  { timeout: 300_000 },
  async ([what, moment]) => {
    const { begin, step, marked } = interrupted[what]!
    for (let number = 0; ; number++) {
      const spec = newSpec()
      await begin(spec)
      engine.killAt(number, moment)
      const failure: unknown = await step(spec.workspaceId, spec).then(
        () => undefined,
        (error: unknown) => error,
      )
      const wasKilled = await engine.recovered()
      if (!wasKilled) expect(failure).toBeUndefined()
      const known = (await provider.list()).map(({ workspaceId }) => workspaceId)
      if (marked) expect(known).toContain(spec.workspaceId)
      await expectRepair(spec, marked)
      await provider.remove(spec.workspaceId, 'nothing')
      expect(engine.leftOver(), `request ${number}`).toEqual([])
      if (!wasKilled) {
        expect(number).toBeGreaterThan(0)
        return
      }
    }
  },
)

test.for(['during', 'after'] as const)(
  'a deletion is finished by the next one (killed %s a request)',
  { timeout: 300_000 },
  async (moment) => {
    for (let number = 0; ; number++) {
      const spec = newSpec()
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      engine.killAt(number, moment)
      await provider.remove(spec.workspaceId, 'nothing').catch(() => undefined)
      const wasKilled = await engine.recovered()
      // Until nothing is left, it is in the list.
      if (engine.leftOver().length > 0) {
        expect(await provider.list()).toContainEqual(
          expect.objectContaining({ workspaceId: spec.workspaceId }),
        )
      }
      await provider.remove(spec.workspaceId, 'nothing')
      expect(engine.leftOver(), `request ${number}`).toEqual([])
      if (!wasKilled) return
    }
  },
)
