import type { Stage } from './stage.ts'

/** How one route is played: the request for a stage, and the status that the rules demand. */
export interface Play {
  /** Path and body; may first make the object that the request is about. */
  readonly request: (stage: Stage) => Promise<Request> | Request
  /** What a caller in good standing, with a session or an unrestricted key, must be answered. */
  readonly expect: (stage: Stage) => number
  /** Outcomes of the audit entries that a success leaves; one `success` unless said otherwise. */
  readonly leaves?: (stage: Stage) => readonly string[]
  /** Where a caller with a temporary password is answered something else. */
  readonly expectDuringPasswordChange?: (stage: Stage) => { status: number; code?: string }
  /** Where a failure is no refusal: what was asked for is not there. */
  readonly unrecorded?: (stage: Stage) => boolean
  /** The answer is a stream that stays open. */
  readonly streams?: true
}

export interface Request {
  readonly path: string
  readonly body?: unknown
}
