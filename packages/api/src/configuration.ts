import { z } from 'zod'
import { Can, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/** Every setting that administrators change while the server runs: value, group, default, meaning. */
export const settings = {
  access_url: {
    group: 'infrastructure',
    schema: z
      .url({ protocol: /^https?$/, error: 'Enter an address such as https://atelier.example.com' })
      .max(255, 'Use at most 255 characters')
      .regex(/^https?:\/\/[^\s/?#@\\]+\/?$/i, 'Enter only the scheme, the host and the port')
      .nullable(),
    default: null,
    title: 'Access URL',
    description: 'The address people open; links that the server prints start with it',
  },
  default_registry_enabled: {
    group: 'infrastructure',
    schema: z.boolean(),
    default: true,
    title: 'Default registry',
    description: 'Adds Docker Hub to the registries of every organization that is made from now on',
  },
  registry_allowed_networks: {
    group: 'infrastructure',
    schema: z
      .array(z.string().trim().min(1).max(255, 'Use at most 255 characters in a line'))
      .max(200, 'Use at most 200 lines'),
    default: [] as string[],
    title: 'Private networks that registries may be in',
    description:
      'Networks such as 10.20.0.0/16, addresses and host names, one in a line. Registries elsewhere must have public addresses and speak https',
  },
  max_workspaces_per_user: {
    group: 'infrastructure',
    schema: z
      .number('Enter a number of workspaces')
      .int('Enter a whole number of workspaces')
      .min(1, 'Enter at least 1 workspace')
      .max(1000, 'Enter at most 1000 workspaces'),
    default: 50,
    title: 'Workspaces per user',
    description: 'The most that one user can have in all organizations together',
  },
  dev_url_host: {
    group: 'infrastructure',
    schema: z
      .string()
      .trim()
      .toLowerCase()
      .max(190, 'Use at most 190 characters')
      .regex(
        /^\*(-[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?)?(\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+(:\d{1,5})?$/,
        'Enter *.dev.example.com or *-suffix.example.com, with a port where it is not the access URL’s',
      )
      .nullable(),
    default: null,
    title: 'Dev URL host',
    description:
      'Where dev URLs live, such as *.dev.example.com: a wildcard in DNS that leads to this server. Empty: below the host of the access URL, and below localhost where there is none',
  },
  dev_url_max_access: {
    group: 'infrastructure',
    schema: z.enum(['private', 'org', 'authed', 'public']),
    default: 'public',
    title: 'Widest access to dev URLs',
    description:
      'Nobody shares a dev URL further than this. A lower level counts at once for those that exist, and closes what is open through them',
  },
  hsts_enabled: {
    group: 'security',
    schema: z.boolean(),
    default: false,
    title: 'Strict-Transport-Security header',
    description: 'Tells browsers to use https only for this host, for one year',
  },
  secure_cookie: {
    group: 'security',
    schema: z.boolean(),
    default: false,
    title: 'Secure cookie',
    description:
      'Browsers send the session cookie over https only; signing in over http stops working',
  },
  session_hours: {
    group: 'security',
    schema: z
      .number('Enter a number of hours')
      .int('Enter whole hours')
      .min(1, 'Enter at least 1 hour')
      .max(2160, 'Enter at most 2160 hours, which is 90 days'),
    default: 168,
    title: 'Session length in hours',
    description: 'How long a sign-in lasts; applies to sessions that start after the change',
  },
  api_key_max_age_days: {
    group: 'security',
    schema: z
      .number('Enter a number of days, or nothing for no limit')
      .int('Enter whole days')
      .min(1, 'Enter at least 1 day')
      .max(3650, 'Enter at most 3650 days, which is 10 years')
      .nullable(),
    default: null,
    title: 'Maximum age of API keys in days',
    description: 'Keys older than this are refused; empty for no limit',
  },
  ssh_keygen_algorithm: {
    group: 'security',
    schema: z.enum(['ed25519', 'ecdsa', 'rsa-4096']),
    default: 'ed25519',
    title: 'SSH key algorithm',
    description: 'For SSH keys made after the change',
  },
  terms_of_service_enabled: {
    group: 'appearance',
    schema: z.boolean(),
    default: false,
    title: 'Require the terms of service',
    description:
      'People accept the terms before they are signed in, and again when the text changes',
  },
  terms_of_service_body: {
    group: 'appearance',
    schema: z
      .string()
      .max(20_000, 'Use at most 20,000 characters')
      .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'Use text without control characters'),
    default: '',
    title: 'Terms of service',
    description: 'Markdown; HTML is shown as text',
  },
} as const satisfies Record<
  string,
  { group: string; schema: z.ZodType; default: unknown; title: string; description: string }
>

export type SettingKey = keyof typeof settings
export type Settings = { -readonly [K in SettingKey]: z.infer<(typeof settings)[K]['schema']> }

/** All settings with the values they have before anybody changes them. */
export const defaultSettings = Object.fromEntries(
  Object.entries(settings).map(([key, setting]) => [key, setting.default]),
) as Settings

export const Setting = z
  .object({
    key: z.string(),
    group: z.string(),
    title: z.string(),
    description: z.string(),
    value: z.unknown(),
    default: z.unknown(),
    updated_at: Time.nullable(),
    updated_by: z.object({ id: z.string(), username: z.string(), name: z.string() }).nullable(),
  })
  .meta({ id: 'Setting' })

const Configuration = z.object({
  settings: z.array(Setting),
  /** For `If-Match`: the same values have the same version. */
  version: z.number().int(),
  can: Can,
})

export const configuration = {
  get: endpoint({
    method: 'GET',
    path: '/api/v0/config',
    summary: 'Every setting, its default, and who changed it last; secrets are never part of it',
    access: { permission: ['configuration', 'read'] },
    ok: 200,
    response: Configuration,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/config',
    summary: 'Changes settings; one audit entry for each group that changes',
    access: { permission: ['configuration', 'update'] },
    body: z.strictObject(
      Object.fromEntries(
        Object.entries(settings).map(([key, setting]) => [key, setting.schema.optional()]),
      ) as { [K in SettingKey]: z.ZodOptional<(typeof settings)[K]['schema']> },
    ),
    ok: 200,
    response: Configuration,
  }),
  terms: endpoint({
    method: 'GET',
    path: '/api/v0/terms-of-service',
    summary: 'The terms of service that a person accepts when signing in',
    access: { public: 'People read the terms before they sign in' },
    ok: 200,
    response: z.object({
      required: z.boolean(),
      body: z.string(),
      version: z.string(),
    }),
    duringPasswordChange: true,
  }),
}
