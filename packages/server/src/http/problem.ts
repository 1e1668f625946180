import { type Problem, type ProblemCode, problemStatus } from '@atelier/api'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import pg from 'pg'
import { DatabaseAway } from '../db/connect-failure.ts'
import { Fault } from '../faults.ts'

/** Answers every failure as an RFC 9457 problem document; a bug says nothing but its request id. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = asFault(error, request)
    if (fault !== undefined) return sendProblem(reply, request, fault)

    request.log.error({ err: error, request: request.id }, 'request.failed')
    return reply
      .status(500)
      .type('application/problem+json')
      .send(problem(request, 500, 'server.failed', 'Internal Server Error'))
  })
}

/** Sends a fault as a problem document. */
export function sendProblem(
  reply: FastifyReply,
  request: FastifyRequest,
  fault: Fault,
): FastifyReply {
  if (fault.options.retryAfter !== undefined) {
    void reply.header('retry-after', String(fault.options.retryAfter))
  }
  return reply
    .status(fault.status)
    .type('application/problem+json')
    .send(problem(request, fault.status, fault.code, fault.message, fault.options))
}

function problem(
  request: FastifyRequest,
  status: number,
  code: string,
  title: string,
  options: Fault['options'] = {},
): Problem {
  const { errors, missing, details } = options
  return {
    type: `urn:atelier:problem:${code}`,
    title,
    status,
    instance: pathOf(request),
    code,
    request_id: request.id,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(missing === undefined ? {} : { missing }),
    ...details,
    // The existing command line reads this member (api-v0.md 1.6).
    error: { msg: title, code, details: missing ?? errors ?? details ?? null },
  }
}

/** The path without its query, which may hold a token. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

function asFault(error: FastifyError, request: FastifyRequest): Fault | undefined {
  if (error instanceof Fault) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((issue) => ({
      path: fieldOf(issue.instancePath),
      message: issue.message ?? 'is not valid',
    }))
    const [first] = errors
    const title = first === undefined ? 'The request is not valid' : describe(first)
    return new Fault('request.invalid', title, { errors })
  }
  if (isUnavailable(error)) {
    request.log.warn({ err: error, request: request.id }, 'request.database_away')
    return new Fault('server.unavailable', 'The database does not answer. Try again in a moment.', {
      retryAfter: 2,
    })
  }
  if (error instanceof pg.DatabaseError && unstorable.includes(error.code)) {
    return new Fault('request.invalid', 'Leave out the character U+0000, which cannot be stored')
  }
  const code = frameworkCodes[error.code]
  if (code !== undefined) return new Fault(code, error.message)
  return error.statusCode !== undefined && error.statusCode < 500
    ? new Fault(codeOfStatus(error.statusCode), error.message)
    : undefined
}

/** How Postgres refuses U+0000, in a text and in JSON. */
const unstorable = ['22021', '22P05']

const frameworkCodes: Readonly<Partial<Record<string, ProblemCode>>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.unsupported_media_type',
}

function codeOfStatus(status: number): ProblemCode {
  const known = (Object.keys(problemStatus) as ProblemCode[]).find(
    (code) => code.startsWith('request.') && problemStatus[code] === status,
  )
  return known ?? 'request.invalid'
}

/**
 * The database is away, restarting or out of connections. What was asked was not done, unless it
 * went away between a commit and its answer.
 */
function isUnavailable(error: Error & { code?: string }): boolean {
  if (error instanceof DatabaseAway) return true
  if (error instanceof pg.DatabaseError) {
    return /^(08|53|57P)/.test(error.code ?? '') || error.code === '25P03'
  }
  return (
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT'].includes(error.code ?? '') ||
    /Connection terminated|is not queryable/.test(error.message)
  )
}

function fieldOf(instancePath: string): string {
  return instancePath.replace(/^\//, '').replaceAll('/', '.')
}

function describe(error: { path: string; message: string }): string {
  return error.path === '' ? error.message : `${error.path}: ${error.message}`
}
