// A process that a test can kill. It takes the data folder named by its last argument, or starts the
// embedded Postgres on it, says so in one line of JSON, and stays.
import { pino } from 'pino'
import { startEmbedded } from '../src/db/embedded.ts'
import { lockDataDir } from '../src/db/lock.ts'

const [, , task, dataDir = ''] = process.argv

async function perform(): Promise<object> {
  if (task === 'start') {
    const { url, adopted } = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) })
    return { url, adopted }
  }
  lockDataDir(dataDir)
  return { locked: true }
}

process.once('SIGTERM', () => process.exit(0))
void perform()
  .catch((error: unknown) => ({ error: (error as Error).message }))
  .then((answer) => {
    process.stdout.write(`${JSON.stringify(answer)}\n`)
    setInterval(() => undefined, 60_000)
  })
