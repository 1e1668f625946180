import { Problem, type ProblemCode, problemStatus, type RouteAccess } from '@atelier/api'
import { z } from 'zod'

/** Where an operation says why it may be called. */
export const accessField = 'x-atelier-access'

interface Operation {
  readonly [accessField]?: RouteAccess
  security?: readonly unknown[]
  responses?: Record<string, unknown>
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation> | undefined> | undefined
  readonly components?: { readonly schemas?: Record<string, unknown> } | undefined
}

/**
 * Completes the OpenAPI document: public operations ask for no credential, every operation may fail
 * with a problem document, and the problem codes are listed with their statuses.
 */
export function completeDocument<D extends object>(document: D): D {
  const { paths = {}, components = {} } = document as Document
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(operations ?? {})) {
      const access = operation[accessField]
      if (access === undefined) continue
      if ('public' in access) operation.security = []
      operation.responses = {
        ...operation.responses,
        default: {
          description: 'A problem document (RFC 9457)',
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      }
    }
  }
  return {
    ...document,
    components: {
      ...components,
      schemas: { ...components.schemas, Problem: problemSchema() },
    },
    'x-atelier-problem-codes': problemStatus,
  }
}

function problemSchema(): Record<string, unknown> {
  const codes = Object.keys(problemStatus) as ProblemCode[]
  const listed = Problem.extend({
    // Bugs answer 500 with a code of their own.
    code: z.enum([...codes, 'server.failed']),
  })
  const { $schema: _, $id: __, ...schema } = z.toJSONSchema(listed, { target: 'draft-2020-12' })
  return schema
}
