import { problemStatus, type RouteAccess } from '@atelier/api'

/** Where an operation says why it may be called. */
export const accessField = 'x-atelier-access'

interface Operation {
  readonly [accessField]?: RouteAccess
  security?: readonly unknown[]
  responses?: Record<string, unknown>
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation> | undefined> | undefined
  readonly components?: { readonly schemas?: Record<string, Schema> } | undefined
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
      schemas: { ...components.schemas, Problem: withCodes(components.schemas?.['Problem'] ?? {}) },
    },
    'x-atelier-problem-codes': problemStatus,
  }
}

/** The schema of problems, with the codes that the contract leaves to this list. */
function withCodes(problem: Schema): Schema {
  // Bugs answer 500 with a code of their own.
  const code = { type: 'string', enum: [...Object.keys(problemStatus), 'server.failed'] }
  return { ...problem, properties: { ...problem.properties, code } }
}
