export type DatabaseFailureCode =
  | 'data.locked'
  | 'data.unusable'
  | 'postgres.unsupported'
  | 'postgres.initdb_failed'
  | 'postgres.start_failed'
  | 'postgres.too_old'
  | 'postgres.unreachable'
  | 'migrate.bad_files'
  | 'migrate.checksum_changed'
  | 'migrate.database_newer'
  | 'migrate.failed'

/** There is no connection to the database now, for whatever reason: nothing was asked of it. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super(
      `no connection to the database: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    )
    this.name = 'DatabaseAway'
  }
}

/** A reason why the server cannot start on this database; its message is meant for the administrator. */
export class DatabaseFailure extends Error {
  readonly code: DatabaseFailureCode
  readonly details: Record<string, unknown>

  constructor(
    code: DatabaseFailureCode,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, { cause })
    this.name = 'DatabaseFailure'
    this.code = code
    this.details = details
  }
}
