// `atelier-server` from its sources: `node --import tsx test/program.ts <command>`.
import { pino } from 'pino'
import { runCommand } from '../src/commands.ts'
import { readConfig } from '../src/config.ts'

const log = pino({ level: 'silent' })
process.exitCode = await runCommand(
  process.argv.slice(2),
  readConfig(process.env),
  log,
  '0.1.0',
).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
  return 1
})
