import { settings } from '@atelier/api'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigFault, readConfig, variables } from './config.ts'
import { showConfig } from './platform/show-config.ts'

const page = new URL('../../../docs/configuration.md', import.meta.url)

/** The page of all variables and settings; `UPDATE_DOCS=1` writes it. */
function configurationPage(): string {
  const shown = (
    value: string | number | boolean | readonly string[] | null | undefined,
  ): string =>
    value === undefined || value === null || value.toString() === ''
      ? ''
      : `\`${value.toString()}\``
  const environment = Object.entries(variables).map(
    ([name, { default: fallback, meaning }]) => `| \`${name}\` | ${shown(fallback)} | ${meaning} |`,
  )
  const stored = Object.entries(settings).map(
    ([key, setting]) =>
      `| \`${key}\` | ${setting.title} | ${shown(setting.default)} | ${setting.description} |`,
  )
  return `# Configuration

Made from the program: \`UPDATE_DOCS=1 npx vitest run packages/server/src/config.test.ts\` writes it again.

## Environment

Each variable may also be the path of a file in \`<NAME>_FILE\`. Unknown \`ATELIER_*\` variables are named in a warning.

| Variable | Default | Meaning |
|---|---|---|
${environment.join('\n')}

## Settings

Changed under Manage > Admin or by \`PATCH /api/v0/config\`, while the server runs.

| Setting | Name | Default | Meaning |
|---|---|---|---|
${stored.join('\n')}
`
}

test('docs/configuration.md says what the program reads', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, configurationPage())
  expect(readFileSync(page, 'utf8')).toBe(configurationPage())
})

test('a wrong value is refused with the name of the variable and what to do', () => {
  expect(() => readConfig({ ATELIER_LISTEN: 'nonsense' })).toThrow(
    new ConfigFault('ATELIER_LISTEN: use host:port, such as 127.0.0.1:7080'),
  )
  expect(() => readConfig({ ATELIER_SECRET_KEY: 'short' })).toThrow(/64 hex digits/)
  expect(() => readConfig({ ATELIER_LISTEN: '127.0.0.1:99999' })).toThrow(/up to 65535/)
  expect(() => readConfig({ ATELIER_LOG_LEVEL: 'loud' })).toThrow(/^ATELIER_LOG_LEVEL: .*silent/)
  for (const url of ['mysql://x', 'postgres://[', 'postgres://u:p@localhost/x?options=%']) {
    expect(() => readConfig({ DATABASE_URL: url })).toThrow(/postgres:\/\/user/)
  }
})

test('trusted proxies are addresses, networks, or names of private networks', () => {
  for (const good of ['10.0.0.1', 'loopback, 192.168.0.0/16', 'fd00::/8,uniquelocal']) {
    expect(readConfig({ ATELIER_TRUSTED_PROXIES: good }).ATELIER_TRUSTED_PROXIES).toBe(good)
  }
  for (const bad of [
    'nonsense',
    '10.0.0.0/33',
    '10.0.0.0/0',
    'loopback/8',
    '10.0.0.1,',
    '::/129',
  ]) {
    expect(() => readConfig({ ATELIER_TRUSTED_PROXIES: bad })).toThrow(/use addresses or networks/)
  }
})

test('a value may come from a file, but not from both', () => {
  const path = join(tmpdir(), `atelier-config-${process.pid}`)
  writeFileSync(path, 'secret from a file\n')
  const config = readConfig({ ATELIER_ADMIN_PASSWORD_FILE: path })
  expect(config.ATELIER_ADMIN_PASSWORD).toBe('secret from a file')
  expect(config.sources.ATELIER_ADMIN_PASSWORD).toBe('file')
  expect(() =>
    readConfig({ ATELIER_ADMIN_PASSWORD_FILE: path, ATELIER_ADMIN_PASSWORD: 'x' }),
  ).toThrow(/not both/)
  expect(() => readConfig({ ATELIER_ADMIN_PASSWORD_FILE: '/not/there' })).toThrow(
    /ADMIN_PASSWORD_FILE/,
  )
})

test('unknown variables are named, secrets are not shown', () => {
  const config = readConfig({ ATELIER_LISTN: 'x', HOME: '/root', ATELIER_ADMIN_PASSWORD: 'hush' })
  expect(config.unknown).toEqual(['ATELIER_LISTN'])
  expect(showConfig(config)).toContain('ATELIER_ADMIN_PASSWORD=******  # environment')
  expect(showConfig(config)).not.toContain('hush')
})
