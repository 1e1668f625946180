import { type MissingPermission, type ProblemCode, problemStatus } from '@atelier/api'

export interface FaultOptions {
  /** What was wrong with which field. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  readonly missing?: MissingPermission
  readonly details?: Readonly<Record<string, unknown>>
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number
  /** An attempt that the tables or a rule refused: it is recorded in the audit log. */
  readonly denied?: true
}

/** Everything that fails on purpose. Anything else is a bug and answers 500. */
export class Fault extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly options: FaultOptions

  constructor(code: ProblemCode, message: string, options: FaultOptions = {}) {
    super(message)
    this.name = 'Fault'
    this.code = code
    this.status = problemStatus[code]
    this.options = options
  }
}

/** A refusal by a rule of access-control.md sections 3 and 4; the audit log keeps it. */
export function refusal(
  code: ProblemCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Fault {
  return new Fault(code, message, { denied: true, details })
}

/** A bad value of one field. */
export function invalid(path: string, message: string): Fault {
  return new Fault('request.invalid', `${path}: ${message}`, { errors: [{ path, message }] })
}

/** The answer for what does not exist and for what the caller may not even read: the same. */
export function notFound(what: string): Fault {
  return new Fault('resource.not_found', `There is no such ${what}`)
}

/** 412 when the object is not the version that the caller saw. */
export function demandVersion(version: number, ifMatch: number | undefined): void {
  if (ifMatch === undefined || ifMatch === version) return
  throw new Fault(
    'request.precondition_failed',
    'Somebody changed this meanwhile: load it again and repeat your change',
  )
}
