import type { FastifyBaseLogger } from 'fastify'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, ConfigFault } from '../config.ts'
import { startLiveSettings } from '../configuration/live.ts'
import { connect, type Connection } from '../db/connect.ts'
import { DatabaseFailure } from '../db/connect-failure.ts'
import { findEmbedded, startEmbedded } from '../db/embedded.ts'
import { hasDatabase } from '../db/embedded-init.ts'
import { ensureDataDir, explainFolder, lockDataDir } from '../db/lock.ts'
import { migrate } from '../db/migrate.ts'
import { startSignals } from '../db/signals.ts'
import { createProviders } from '../provider/providers.ts'
import { createPasswordHasher } from '../sessions/passwords.ts'
import { createTriesInFlight } from '../sessions/throttle.ts'
import { type Clock, systemClock } from './clock.ts'
import { readInstallationId } from './installation.ts'
import type { Platform } from './platform.ts'
import { openVault, readMasterKey, sameBytes, type Vault } from './vault.ts'

export const migrationsDir = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../migrations' : './migrations', import.meta.url),
)

export interface Started {
  readonly platform: Platform
  /** Ends what `startPlatform` began, the database last. */
  readonly stop: () => Promise<void>
}

/** What the platform is opened for: only `serve` and `migrate` make a database where there is none. */
export type Purpose = 'serve' | 'migrate' | 'command'

/**
 * Opens the data folder, the database and the keys; every refusal is one sentence. A server has its
 * embedded Postgres to itself; a command also works with that of a server that is running.
 */
export async function startPlatform(
  config: Config,
  log: FastifyBaseLogger,
  version: string,
  purpose: Purpose = 'serve',
): Promise<Started> {
  const undo: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const { url, alone } = await openDatabase(config, log, purpose, undo)
    const connection = connect(url, { applicationName: 'atelier', log })
    undo.push(() => connection.end())
    const applied = await migrate(connection.pool, migrationsDir)
    if (applied.length > 0) log.info({ migrations: applied }, 'db.migrated')
    // Whoever is still in the list was killed: nothing has to wait until their leases end.
    if (alone) {
      await connection.db.deleteFrom('server_processes').execute()
      await connection.db.updateTable('jobs').set({ leased_until: null }).execute()
    }

    const master = await readMasterKey(config.ATELIER_DATA_DIR, config.ATELIER_SECRET_KEY).catch(
      (error: unknown) => {
        throw explainFolder(config.ATELIER_DATA_DIR, error)
      },
    )
    const vault = openVault(master)
    await demandSameKey(connection, vault)
    const platform = await joinPlatform(connection, url, {
      vault,
      log,
      version,
      clock: systemClock,
      dataDir: config.ATELIER_DATA_DIR,
      engine: config.ATELIER_ENGINE,
      serves: purpose === 'serve',
      undo,
    })
    return { platform, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export interface Parts {
  readonly vault: Vault
  readonly log: FastifyBaseLogger
  readonly version: string
  readonly clock: Clock
  /** Where an engine of our own and sandboxes keep what they have. */
  readonly dataDir: string
  /** What the built-in workspace provider becomes, as `ATELIER_ENGINE` says it. */
  readonly engine: string
  /** This process is a server: what it needs in the background goes on until it ends. */
  readonly serves: boolean
  /** Collects how to end it. */
  readonly undo: (() => Promise<void> | void)[]
}

/** Joins a migrated database and a vault into a platform. */
export async function joinPlatform(
  { db, pool }: Connection,
  url: string,
  { vault, log, version, clock, dataDir, engine, serves, undo }: Parts,
): Promise<Platform> {
  const signals = await startSignals(db, url, log, () => clock.now())
  undo.push(() => signals.stop())
  const installationId = await readInstallationId(db, clock)
  const providers = createProviders({
    db,
    vault,
    signals,
    log,
    dataDir,
    engine,
    serves,
    installationId,
  })
  undo.push(() => providers.close())
  return {
    db,
    pool,
    clock,
    vault,
    signals,
    settings: await startLiveSettings(db, signals, log),
    passwords: await createPasswordHasher(),
    tries: createTriesInFlight(),
    providers,
    log,
    version,
  }
}

interface Opened {
  readonly url: string
  /** The lock of the data folder says that no other server uses the database. */
  readonly alone: boolean
}

async function openDatabase(
  config: Config,
  log: FastifyBaseLogger,
  purpose: Purpose,
  undo: (() => Promise<void> | void)[],
): Promise<Opened> {
  if (config.DATABASE_URL !== undefined) {
    if (config.ATELIER_SECRET_KEY === undefined) ensureDataDir(config.ATELIER_DATA_DIR)
    return { url: config.DATABASE_URL, alone: false }
  }
  if (purpose === 'command') demandDatabase(config.ATELIER_DATA_DIR)
  try {
    const lock = lockDataDir(config.ATELIER_DATA_DIR)
    undo.push(() => {
      lock.release()
    })
  } catch (error) {
    const locked = error instanceof DatabaseFailure && error.code === 'data.locked'
    const url =
      locked && purpose !== 'serve' ? await findEmbedded(config.ATELIER_DATA_DIR) : undefined
    if (url === undefined) throw error
    return { url, alone: false }
  }
  const embedded = await startEmbedded({ dataDir: config.ATELIER_DATA_DIR, log }).catch(
    (error: unknown) => {
      throw explainFolder(config.ATELIER_DATA_DIR, error)
    },
  )
  undo.push(() => embedded.stop())
  return { url: embedded.url, alone: true }
}

/** A command that made a database would answer for one that nobody uses. */
function demandDatabase(dataDir: string): void {
  if (hasDatabase(dataDir)) return
  throw new ConfigFault(
    `There is no database in ${resolve(dataDir)}: set ATELIER_DATA_DIR to the data folder of your server, or DATABASE_URL to its database.`,
  )
}

/** A server with another key could neither read the secrets nor continue the audit chain. */
async function demandSameKey({ db }: Connection, vault: Vault): Promise<void> {
  const key = 'secret_key.check'
  await db
    .insertInto('facts')
    .values({ key, value: vault.checkValue })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const fact = await db
    .selectFrom('facts')
    .where('key', '=', key)
    .select('value')
    .executeTakeFirstOrThrow()
  if (sameBytes(fact.value, vault.checkValue)) return
  throw new ConfigFault(
    'The secret key is not the one that this database was made with: set ATELIER_SECRET_KEY, or put the secret.key of the first server into the data folder.',
  )
}
