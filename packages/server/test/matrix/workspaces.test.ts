import { beforeAll } from 'vitest'
import { useEngine } from '../engine.ts'
import { playRoutesOf } from './matrix.ts'
import { playWorkspacesOn } from './workspace-plays.ts'

beforeAll(async () => {
  playWorkspacesOn((await useEngine()).url)
}, 300_000)

playRoutesOf('workspaces', 'terminals')
