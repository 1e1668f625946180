import type { FastifyBaseLogger } from 'fastify'
import { type Config, ConfigFault } from './config.ts'
import { serve } from './serve.ts'
import { showConfig } from './platform/show-config.ts'
import { startPlatform } from './platform/start.ts'
import { resetAdminPassword } from './users/reset-admin.ts'

const usage = `Usage: atelier-server <command>

  serve                   Run the server (the default)
  reset-admin-password    Print a temporary password for the site admin; ends their sessions, deletes their API keys
  migrate                 Bring the database up to date and stop
  config show             Print every setting, its value and where it comes from
  help                    Print this
`

/** Runs one `atelier-server` command and answers the exit code. */
export async function runCommand(
  args: readonly string[],
  config: Config,
  log: FastifyBaseLogger,
  version: string,
): Promise<number> {
  switch (args.join(' ')) {
    case '':
    case 'serve':
      return serve(config, log, version)
    case 'reset-admin-password':
      return withPlatform(config, log, version, resetAdminPassword)
    case 'migrate':
      return withPlatform(config, log, version, () =>
        Promise.resolve('The database is up to date.'),
      )
    case 'config show':
      process.stdout.write(showConfig(config))
      return 0
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(usage)
      return 0
    case '--version':
      process.stdout.write(`${version}\n`)
      return 0
    default:
      process.stderr.write(usage)
      throw new ConfigFault(`unknown command: ${args.join(' ')}`)
  }
}

type Command = (platform: Awaited<ReturnType<typeof startPlatform>>['platform']) => Promise<string>

async function withPlatform(
  config: Config,
  log: FastifyBaseLogger,
  version: string,
  command: Command,
): Promise<number> {
  const { platform, stop } = await startPlatform(config, log, version)
  try {
    process.stdout.write(`${await command(platform)}\n`)
    return 0
  } finally {
    await stop()
  }
}
