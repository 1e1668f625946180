import { type ApiDocument, type Operation, resolve, type Schema } from './document.ts'

/** A request as one types it into a shell. The token stands in a variable, never in the history. */
export function curlOf(document: ApiDocument, operation: Operation, origin: string): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'user' && operation.method === 'GET' ? 'me' : `${name.toUpperCase()}_ID`,
  )
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map(({ name, schema }) => {
      const value = sampleOf(document, schema, name)
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return `${name}=${encodeURIComponent(text)}`
    })
  const address = `${origin}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`
  const lines = [
    `curl${operation.method === 'GET' ? '' : ` -X ${operation.method}`} ${quoted(address)}`,
  ]
  if (!('public' in operation.access)) lines.push('-H "Session-Token: $ATELIER_TOKEN"')
  if (operation.body !== undefined) {
    const body = JSON.stringify(sampleOf(document, operation.body), null, 2)
    lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(body)}`)
  }
  return lines.join(' \\\n  ')
}

/** A value that fits a schema: what it must have, or one field to show the form. */
export function sampleOf(document: ApiDocument, schema: Schema, name = '', depth = 0): unknown {
  const { schema: target } = resolve(document, schema)
  if (target.const !== undefined) return target.const
  if (target.enum !== undefined) {
    const known = samples[name]
    return target.enum.includes(known) ? known : target.enum[0]
  }
  const choice = (target.anyOf ?? target.oneOf)?.find((one) => one.type !== 'null')
  if (choice !== undefined) return sampleOf(document, choice, name, depth)
  const type = Array.isArray(target.type)
    ? (target.type as readonly string[]).find((one) => one !== 'null')
    : target.type
  if (type === 'object') return sampleObject(document, target, depth)
  if (type === 'array') return [sampleOf(document, target.items ?? {}, name, depth + 1)]
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return Math.max(target.minimum ?? 1, 1)
  return samples[name] ?? (target.format === 'date-time' ? '2030-01-31T09:00:00Z' : name)
}

function sampleObject(document: ApiDocument, { properties = {}, required }: Schema, depth: number) {
  const fields = Object.entries(properties)
  const needed = fields.filter(([field]) => required?.includes(field) === true)
  const shown = depth > 4 ? [] : needed.length > 0 ? needed : fields.slice(0, 1)
  return Object.fromEntries(
    shown.map(([field, schema]) => [field, sampleOf(document, schema, field, depth + 1)]),
  )
}

const samples: Readonly<Record<string, string>> = {
  background_color: '#1864ab',
  body: 'Maintenance on Saturday',
  csv: 'name,username,email\nAnn,ann,ann@example.com\n',
  email: 'ann@example.com',
  login: 'ann@example.com',
  name: 'Ann',
  password: 'correct horse battery',
  old_password: 'the password until now',
  role: 'site-auditor',
  text_color: '#ffffff',
  username: 'ann',
  user_id: 'USER_ID',
  user_ids: 'USER_ID',
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
