import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'

/** A setting that cannot be used, said in one sentence. */
export class ConfigFault extends Error {}

const Listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}$/, 'use host:port, such as 127.0.0.1:7080')
  .transform((text) => {
    const at = text.lastIndexOf(':')
    const host = text.slice(0, at).replace(/^\[|\]$/g, '')
    return { host: host === '' ? '0.0.0.0' : host, port: Number(text.slice(at + 1)) }
  })
  .refine(({ port }) => port <= 65_535, 'use a port up to 65535')

/** What the trust in proxies is told: addresses, networks, or the names of the private ones. */
const Proxies = z.string().refine(
  (text) =>
    text.split(',').every((each) => {
      const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(each.trim()) ?? []
      if (bits === undefined && ['loopback', 'linklocal', 'uniquelocal'].includes(address))
        return true
      const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
      return width > 0 && Number(bits ?? width) <= width && Number(bits ?? width) > 0
    }),
  'use addresses or networks separated by commas, such as 10.0.0.1,192.168.0.0/16',
)

const DatabaseUrl = z.string().refine((text) => {
  try {
    decodeURIComponent(text)
    return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
  } catch {
    return false
  }
}, 'use postgres://user:password@host/database')

/** Every variable of the environment: name, default, meaning. `docs/configuration.md` is made of it. */
export const variables = {
  ATELIER_LISTEN: {
    schema: Listen,
    default: '127.0.0.1:7080',
    meaning: 'Host and port that the server listens on',
  },
  ATELIER_DATA_DIR: {
    schema: z
      .string()
      .min(1)
      .transform((path) => resolve(path)),
    default: 'data',
    meaning: 'Folder of the embedded database and of the secret key',
  },
  DATABASE_URL: {
    schema: DatabaseUrl.optional(),
    default: undefined,
    secret: true,
    meaning: 'A Postgres of your own, version 15 to 18; without it the embedded one runs',
  },
  ATELIER_SECRET_KEY: {
    schema: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'use 64 hex digits, as `openssl rand -hex 32` prints')
      .optional(),
    default: undefined,
    secret: true,
    meaning:
      'Key that encrypts secrets; without it `secret.key` in the data folder is made and used',
  },
  ATELIER_TRUSTED_PROXIES: {
    schema: Proxies.optional(),
    default: undefined,
    meaning: 'Addresses or networks, separated by commas, whose X-Forwarded headers count',
  },
  ATELIER_ENGINE: {
    schema: z
      .string()
      .regex(
        /^(auto|none|sandbox|unix:\/\/\/[^\s?#]+)$/,
        'use auto, none, sandbox or a socket such as unix:///run/podman/podman.sock',
      ),
    default: 'auto',
    meaning:
      'What the built-in workspace provider becomes: auto finds or starts a container engine, else takes a sandbox; none, sandbox, or the socket of an engine such as unix:///run/podman/podman.sock',
  },
  ATELIER_LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    meaning: 'debug, info, warn, error or silent',
  },
  ATELIER_LOG_FORMAT: {
    schema: z.enum(['text', 'json']),
    default: 'text',
    meaning: 'text for people or json for programs',
  },
  ATELIER_ADMIN_EMAIL: {
    schema: z.string().optional(),
    default: undefined,
    meaning:
      'Creates the site admin at the first start, together with the next two; ignored afterwards',
  },
  ATELIER_ADMIN_USERNAME: {
    schema: z.string().optional(),
    default: undefined,
    meaning: 'Username of that site admin',
  },
  ATELIER_ADMIN_PASSWORD: {
    schema: z.string().optional(),
    default: undefined,
    secret: true,
    meaning: 'Password of that site admin',
  },
} as const satisfies Record<
  string,
  { schema: z.ZodType; default: string | undefined; meaning: string; secret?: true }
>

type Variable = keyof typeof variables

export type Config = { readonly [V in Variable]: z.output<(typeof variables)[V]['schema']> } & {
  readonly unknown: readonly string[]
  readonly sources: Readonly<Record<Variable, 'default' | 'environment' | 'file'>>
}

/** Reads the environment; each variable may also be a file's path in `<NAME>_FILE`. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  for (const [name, variable] of Object.entries(variables)) {
    const { text, source } = textOf(environment, name, variable.default)
    const parsed = variable.schema.safeParse(text)
    if (!parsed.success) {
      throw new ConfigFault(`${name}: ${parsed.error.issues[0]?.message ?? 'is not valid'}`)
    }
    values[name] = parsed.data
    sources[name] = source
  }
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('ATELIER_') && !(name.replace(/_FILE$/, '') in variables),
  )
  return { ...values, unknown, sources } as unknown as Config
}

function textOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: string | undefined,
): { text: string | undefined; source: string } {
  const direct = environment[name]
  const path = environment[`${name}_FILE`]
  if (direct !== undefined && direct !== '') {
    if (path !== undefined) throw new ConfigFault(`${name}: set it or ${name}_FILE, not both`)
    return { text: direct, source: 'environment' }
  }
  if (path === undefined || path === '') return { text: fallback, source: 'default' }
  try {
    return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), source: 'file' }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigFault(`${name}_FILE: ${reason}`)
  }
}
