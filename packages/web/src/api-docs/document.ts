import type { Operation as Right, Resource } from '@atelier/access'

/** The parts of an OpenAPI 3.1 document that the page shows. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
  readonly 'x-atelier-problem-codes'?: Readonly<Record<string, number>>
}

export type Access =
  | { readonly permission: readonly [Resource, Right] }
  | { readonly signedIn: string }
  | { readonly public: string }

interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly 'x-atelier-access': Access
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, ResponseObject>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

interface ResponseObject {
  readonly content?: Content
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
}

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly default?: unknown
}

/** One operation with its place. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly access: Access
  readonly parameters: readonly Parameter[]
  readonly body: Schema | undefined
  readonly ok: {
    readonly status: string
    readonly type: string | undefined
    readonly schema: Schema | undefined
    readonly headers: Readonly<Record<string, { readonly description?: string }>>
  }
}

/** All operations, in the order of the document. */
export function operationsOf(document: ApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const [status = '', success] =
        Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ?? []
      const [type, answer] = Object.entries(success?.content ?? {})[0] ?? []
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        summary: operation.summary,
        tag: operation.tags[0] ?? '',
        access: operation['x-atelier-access'],
        parameters: operation.parameters ?? [],
        body: Object.values(operation.requestBody?.content ?? {})[0]?.schema,
        ok: { status, type, schema: answer?.schema, headers: success?.headers ?? {} },
      }
    }),
  )
}

/** The operations that every word of a search is found in: path, method, summary or permission. */
export function findOperations(
  operations: readonly Operation[],
  search: string,
): readonly Operation[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return operations.filter((operation) => {
    const permission = 'permission' in operation.access ? operation.access.permission.join(':') : ''
    const text = [operation.method, operation.path, operation.summary, operation.id, permission]
      .join(' ')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

export interface Group {
  readonly tag: string
  readonly title: string
  readonly operations: readonly Operation[]
}

/** Operations by noun. */
export function groupsOf(operations: readonly Operation[]): readonly Group[] {
  const tags = [...new Set(operations.map((operation) => operation.tag))]
  return tags.map((tag) => ({
    tag,
    title: titles[tag] ?? tag.charAt(0).toUpperCase() + tag.slice(1),
    operations: operations.filter((operation) => operation.tag === tag),
  }))
}

const titles: Readonly<Record<string, string>> = {
  apiKeys: 'API keys',
  audit: 'Audit log',
  access: 'Roles and access',
}

/** The schema that a reference names, and its name. */
export function resolve(
  document: ApiDocument,
  schema: Schema,
): { readonly name: string | undefined; readonly schema: Schema } {
  if (schema.$ref === undefined) return { name: undefined, schema }
  const name = schema.$ref.replace('#/components/schemas/', '')
  return { name, schema: document.components?.schemas?.[name] ?? {} }
}
