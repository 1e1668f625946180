import { type ApiDocument, resolve, type Schema } from './document.ts'

/** A schema's type in a few words: `string or null`, `array of User`. */
export function typeText(document: ApiDocument, schema: Schema): string {
  const { name, schema: target } = resolve(document, schema)
  if (name !== undefined && target.enum === undefined) return name
  const choices = target.anyOf ?? target.oneOf
  if (choices !== undefined) {
    return [...new Set(choices.map((one) => typeText(document, one)))].join(' or ')
  }
  if (target.const !== undefined) return JSON.stringify(target.const)
  if (target.enum !== undefined) return name ?? 'one of'
  if (target.type === 'array') return `array of ${typeText(document, target.items ?? {})}`
  if (Array.isArray(target.type)) return target.type.join(' or ')
  if (target.type === 'object' && isMap(target)) {
    return `object of ${typeText(document, target.additionalProperties as Schema)}`
  }
  if (target.type === undefined) return 'anything'
  return target.format === undefined
    ? (target.type as string)
    : `${target.type as string} (${target.format})`
}

/** What a value must keep to, beyond its type. */
export function limitsText(document: ApiDocument, schema: Schema): string {
  const { schema: target } = resolve(document, schema)
  const inner = [target, ...(target.anyOf ?? target.oneOf ?? [])].map(
    (one) => resolve(document, one).schema,
  )
  const item = target.items === undefined ? undefined : resolve(document, target.items).schema
  const limits = [...inner, ...(item?.enum === undefined ? [] : [item])].flatMap((one) => [
    one.enum?.map((value) => JSON.stringify(value)).join(', '),
    range(one.minimum, one.maximum, ''),
    range(one.minLength, one.maxLength, ' characters'),
    range(one.minItems, one.maxItems, ' items'),
    one.default === undefined ? undefined : `default ${JSON.stringify(one.default)}`,
  ])
  return [...new Set(limits.filter((text) => text !== undefined))].join(' · ')
}

/** The fields of a schema, whatever stands around them: a list, a choice, nothing. */
export function fieldsOf(
  document: ApiDocument,
  schema: Schema,
): readonly { name: string; schema: Schema; required: boolean }[] {
  const { schema: target } = resolve(document, schema)
  if (target.type === 'array') return fieldsOf(document, target.items ?? {})
  const choice = (target.anyOf ?? target.oneOf)?.find((one) => fieldsOf(document, one).length > 0)
  if (choice !== undefined) return fieldsOf(document, choice)
  if (isMap(target)) return fieldsOf(document, target.additionalProperties as Schema)
  return Object.entries(target.properties ?? {}).map(([name, field]) => ({
    name,
    schema: field,
    required: target.required?.includes(name) === true,
  }))
}

function isMap(schema: Schema): boolean {
  return (
    schema.properties === undefined &&
    typeof schema.additionalProperties === 'object' &&
    Object.keys(schema.additionalProperties).length > 0
  )
}

const unbounded = Number.MAX_SAFE_INTEGER

function range(
  low: number | undefined,
  high: number | undefined,
  unit: string,
): string | undefined {
  const top = high === undefined || high >= unbounded ? undefined : high
  const bottom =
    low === undefined || low <= -unbounded || (low === 0 && unit !== '') ? undefined : low
  if (bottom === undefined && top === undefined) return undefined
  if (bottom === undefined) return `at most ${String(top)}${unit}`
  return top === undefined ? `at least ${bottom}${unit}` : `${bottom} to ${top}${unit}`
}
