import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Db } from '../db/schema.ts'
import type { Signals } from '../db/signals.ts'
import type { LiveSettings } from '../configuration/live.ts'
import type { Providers } from '../provider/providers.ts'
import type { PasswordHasher } from '../sessions/passwords.ts'
import type { TriesInFlight } from '../sessions/throttle.ts'
import type { Clock } from './clock.ts'
import type { Vault } from './vault.ts'

export type Log = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'debug'>

/** What every part of the server stands on; made once, in `app.ts`. */
export interface Platform {
  readonly db: Db
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly vault: Vault
  readonly signals: Signals
  readonly settings: LiveSettings
  readonly passwords: PasswordHasher
  readonly tries: TriesInFlight
  /** What runs workspaces. */
  readonly providers: Providers
  readonly log: Log
  readonly version: string
}
