import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { ConfigFault, readConfig } from './config.ts'
import { DatabaseFailure } from './db/connect-failure.ts'
import { Fault } from './faults.ts'
import { runCommand } from './commands.ts'
import { logDestination } from './platform/log.ts'

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
).version

/** One line for a person: what is wrong and what to do; a stack only for mistakes of ours. */
function explain(error: unknown): string {
  const expected =
    error instanceof ConfigFault || error instanceof DatabaseFailure || error instanceof Fault
  if (expected) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino(
    { level: config.ATELIER_LOG_LEVEL },
    logDestination(config.ATELIER_LOG_FORMAT, process.stderr),
  )
  for (const name of config.unknown) log.warn({ variable: name }, 'config.unknown_variable')
  process.exitCode = await runCommand(process.argv.slice(2), config, log, version)
}

main().catch((error: unknown) => {
  process.stderr.write(`atelier-server: ${explain(error)}\n`)
  process.exitCode = 1
})
