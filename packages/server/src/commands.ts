import type { FastifyBaseLogger } from 'fastify'
import { type Config, ConfigFault } from './config.ts'
import { reportVerification } from './audit/verify.ts'
import { buildBaseImage } from './images/base-image-command.ts'
import { serve } from './serve.ts'
import { showConfig } from './platform/show-config.ts'
import type { Platform } from './platform/platform.ts'
import { type Purpose, startPlatform } from './platform/start.ts'
import { resetAdminPassword } from './users/reset-admin.ts'

const usage = `Usage: atelier-server <command>

  serve                   Run the server (the default)
  reset-admin-password    Print a temporary password for the site admin; ends their sessions, deletes their API keys
  base-image              Build a Debian image for workspaces and give it to the engine of this machine;
                          --mirror <url> takes the packages from there
  migrate                 Bring the database up to date and stop
  audit verify            Recompute the hash chain of the audit log; --head <hash> also proves that it still
                          holds what it held when that was its head
  config show             Print every variable, its value and where it comes from
  help                    Print this

Commands need the same ATELIER_DATA_DIR or DATABASE_URL as the server; they work while it runs.
`

/** Runs one `atelier-server` command and answers the exit code. */
export async function runCommand(
  args: readonly string[],
  config: Config,
  log: FastifyBaseLogger,
  version: string,
): Promise<number> {
  const [noun, verb, ...options] = args
  if (noun === 'audit' && verb === 'verify') {
    const head = readHead(options)
    return withPlatform(config, log, version, (platform) => reportVerification(platform, head))
  }
  if (noun === 'base-image') {
    const mirror = readMirror(args.slice(1))
    return withPlatform(config, log, version, (platform) => buildBaseImage(platform, mirror))
  }
  switch (args.join(' ')) {
    case '':
    case 'serve':
      return serve(config, log, version)
    case 'reset-admin-password':
      return withPlatform(config, log, version, resetAdminPassword)
    case 'migrate':
      return withPlatform(
        config,
        log,
        version,
        () => Promise.resolve('The database is up to date.'),
        'migrate',
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

function readHead(options: readonly string[]): string | undefined {
  if (options.length === 0) return undefined
  const [, head] = /^--head[ =]([0-9a-f]{64})$/i.exec(options.join(' ')) ?? []
  if (head !== undefined) return head.toLowerCase()
  throw new ConfigFault(
    'audit verify takes --head and 64 hex digits, as an earlier audit verify or the status of the audit log gave them',
  )
}

function readMirror(options: readonly string[]): string | undefined {
  if (options.length === 0) return undefined
  const [, mirror] = /^--mirror[ =](https?:\/\/\S+)$/.exec(options.join(' ')) ?? []
  if (mirror !== undefined) return mirror
  throw new ConfigFault(
    'base-image takes --mirror and the address of a Debian mirror, such as http://deb.debian.org/debian',
  )
}

/** What to print; `ok: false` makes the exit code 1. */
type Command = (platform: Platform) => Promise<string | { text: string; ok: boolean }>

async function withPlatform(
  config: Config,
  log: FastifyBaseLogger,
  version: string,
  command: Command,
  purpose: Purpose = 'command',
): Promise<number> {
  const { platform, stop } = await startPlatform(config, log, version, purpose)
  try {
    const answer = await command(platform)
    const { text, ok } = typeof answer === 'string' ? { text: answer, ok: true } : answer
    process.stdout.write(`${text}\n`)
    return ok ? 0 : 1
  } finally {
    await stop()
  }
}
