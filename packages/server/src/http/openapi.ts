import { type Endpoint, endpoints, problemStatus, type RouteAccess } from '@atelier/api'

/** Where an operation says why it may be called. */
export const accessField = 'x-atelier-access'

interface Operation {
  readonly operationId?: string
  readonly [accessField]?: RouteAccess
  parameters?: readonly unknown[]
  responses?: Record<string, Response>
  security?: readonly unknown[]
}

interface Response {
  readonly description?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, unknown>>
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation> | undefined> | undefined
  readonly components?: { readonly schemas?: Record<string, Schema> } | undefined
}

const contract: ReadonlyMap<string, Endpoint> = new Map(
  Object.entries(endpoints).flatMap(([noun, calls]) =>
    Object.entries(calls).map(([name, endpoint]) => [`${noun}.${name}`, endpoint as Endpoint]),
  ),
)

/**
 * Completes the OpenAPI document from the contract: public operations ask for no credential, lists
 * tell of their pages, every operation may fail with a problem, whose codes are listed.
 */
export function completeDocument<D extends object>(generated: D): D {
  const document = withoutDoubles(generated)
  const { paths = {}, components = {} } = document as Document
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(operations ?? {})) complete(operation)
  }
  return {
    ...document,
    components: {
      ...components,
      schemas: {
        ...components.schemas,
        Problem: withCodes(components.schemas?.['Problem'] ?? {}),
      },
    },
    'x-atelier-problem-codes': problemStatus,
  }
}

function complete(operation: Operation): void {
  const endpoint = contract.get(operation.operationId ?? '')
  if (endpoint === undefined) return
  const success: Response = operation.responses?.[endpoint.ok] ?? {}
  if ('public' in endpoint.access) operation.security = []
  if (endpoint.idempotent === true) {
    operation.parameters = [...(operation.parameters ?? []), idempotencyKey]
  }
  operation.responses = {
    ...operation.responses,
    [endpoint.ok]: {
      ...success,
      description: 'Success',
      ...(endpoint.paged === true ? { headers: pageHeaders } : {}),
      ...(endpoint.raw === undefined
        ? {}
        : { content: { [endpoint.raw]: { schema: { type: 'string' } } } }),
    },
    default: {
      description: 'A problem document (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: `${schemaPrefix}Problem` } } },
    },
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeated request with the same key answers what the first one did',
  schema: { type: 'string', maxLength: 128 },
}

const pageHeaders = {
  Link: {
    description: 'The address of the next page, with `rel="next"`; absent on the last page',
    schema: { type: 'string' },
  },
  'X-Total-Count': {
    description: 'How many there are; no further than 1000, as `X-Total-Count-Capped` then says',
    schema: { type: 'integer' },
  },
}

const schemaPrefix = '#/components/schemas/'

/**
 * The generator writes each schema twice, as it is sent and as it is answered. Where both are the
 * same the second name goes, and so does every schema that nothing refers to.
 */
function withoutDoubles<D extends object>(document: D): D {
  const schemas = (document as Document).components?.schemas ?? {}
  let text = JSON.stringify(document)
  for (const name of Object.keys(schemas)) {
    const answered = name.replace(/Input$/, '')
    if (answered === name || !same(schemas[name], schemas[answered])) continue
    text = text.replaceAll(`"${schemaPrefix}${name}"`, `"${schemaPrefix}${answered}"`)
  }
  const single = JSON.parse(text) as D & Document
  const used = reachable(single)
  const kept = Object.entries(single.components?.schemas ?? {}).filter(([name]) => used.has(name))
  return { ...single, components: { ...single.components, schemas: Object.fromEntries(kept) } }
}

function same(one: unknown, other: unknown): boolean {
  // A schema that is sent refers to others as they are sent.
  const text = (schema: unknown) => JSON.stringify(schema ?? null).replaceAll(/Input"/g, '"')
  return text(one) === text(other)
}

/** The schemas that the operations refer to, by themselves or through others. */
function reachable({ paths, components }: Document): ReadonlySet<string> {
  const found = new Set(['Problem'])
  const follow = (value: unknown): void => {
    const text = JSON.stringify(value)
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      follow(components?.schemas?.[name] ?? {})
    }
  }
  follow(paths ?? {})
  follow(components?.schemas?.['Problem'] ?? {})
  return found
}

/** The schema of problems, with the codes that the contract leaves to this list. */
function withCodes(problem: Schema): Schema {
  // Bugs answer 500 with a code of their own.
  const code = { type: 'string', enum: [...Object.keys(problemStatus), 'server.failed'] }
  return { ...problem, properties: { ...problem.properties, code } }
}
