import { chmod, cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCommand } from './embedded-command.ts'
import type { CommandIdentity } from './embedded-command.ts'
import { preparePostgresFiles } from './embedded-files.ts'
import { runsAsRoot, serviceAccount } from './service-account.ts'

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let folder: string
let account: CommandIdentity | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-files-'))
  await chmod(folder, 0o711)
  account = runsAsRoot() ? await serviceAccount() : undefined
})

afterEach(async () => {
  await runCommand('chmod', ['-R', 'u+rwX', folder])
  await rm(folder, { recursive: true })
})

test('runs the installed package where it is', async () => {
  const files = await preparePostgresFiles(join(folder, 'cache'), account)
  expect(await runCommand(files.postgres, ['--version'], account)).toMatchObject({ code: 0 })
  expect(await readdir(folder)).toEqual([])
})

test('runs a copy of a package that is read-only and out of the reach of the account', async () => {
  const installed = await preparePostgresFiles(join(folder, 'cache'), account)
  const source = dirname(dirname(dirname(installed.postgres)))
  const links = await symlinks(source)
  const packageDir = join(folder, 'package')
  // As npm leaves it: no symbolic links. A root server's account may not enter the folder either.
  await cp(source, packageDir, { recursive: true, filter: (path) => !links.includes(path) })
  await chmod(join(packageDir, 'native', 'lib'), 0o500)
  await chmod(packageDir, 0o700)

  const files = await preparePostgresFiles(join(folder, 'cache'), account, packageDir)
  expect(files.postgres.startsWith(join(folder, 'cache', 'postgres-18.'))).toBe(true)
  expect(files.major).toBe('18')
  for (const program of [files.initdb, files.postgres]) {
    const { code, output } = await runCommand(program, ['--version'], account)
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('18.') as string,
    })
  }
  expect(await preparePostgresFiles(join(folder, 'cache'), account, packageDir)).toEqual(files)
})

async function symlinks(packageDir: string): Promise<string[]> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8')
  return (JSON.parse(list) as { target: string }[]).map(({ target }) => join(packageDir, target))
}
