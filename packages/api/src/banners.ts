import { z } from 'zod'
import { Can, Empty, Id, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const Color = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'Enter a colour such as #1864ab')

// Kept as written. Control characters but line ends and tabs are refused: the database stores none.
const Body = z
  .string()
  .regex(/\S/, 'Enter a text')
  .max(2000, 'Use at most 2,000 characters')
  .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'Use text without control characters')
const Moment = z.iso.datetime({ offset: true })

const fields = {
  kind: z.enum(['header', 'footer', 'message']),
  format: z.enum(['text', 'markdown']),
  body: Body,
  background_color: Color,
  text_color: Color,
  enabled: z.boolean(),
  /** A message may be put away by each person; header and footer never. */
  dismissible: z.boolean(),
  starts_at: Moment.nullable(),
  ends_at: Moment.nullable(),
}

export const Banner = z
  .object({
    id: z.string(),
    ...fields,
    starts_at: Time.nullable(),
    ends_at: Time.nullable(),
    /** Changes with the text, so that a dismissed message comes back when it says something new. */
    revision: z.string(),
    /** By the server's clock: shown now, not yet, no more, or not at all. */
    state: z.enum(['shown', 'scheduled', 'ended', 'off']),
    /** For `If-Match`, as in the `ETag` of one banner. */
    version: z.number().int(),
    created_at: Time,
    updated_at: Time,
    can: Can,
  })
  .meta({ id: 'Banner' })

export type Banner = z.infer<typeof Banner>

export const ShownBanner = Banner.pick({
  id: true,
  kind: true,
  format: true,
  body: true,
  background_color: true,
  text_color: true,
  dismissible: true,
  revision: true,
}).meta({ id: 'ShownBanner' })

const BannerParams = z.strictObject({ banner: Id })

export const banners = {
  shown: endpoint({
    method: 'GET',
    path: '/api/v0/banners/shown',
    summary: 'The banners to show now',
    access: { public: 'Banners are shown to everybody, on the sign-in page too' },
    ok: 200,
    response: z.array(ShownBanner),
    duringPasswordChange: true,
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/v0/banners',
    summary: 'All banner records, shown or not',
    access: { permission: ['system_banners', 'read'] },
    ok: 200,
    response: z.array(Banner),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/banners/:banner',
    summary: 'One banner record',
    access: { permission: ['system_banners', 'read'] },
    params: BannerParams,
    ok: 200,
    response: Banner,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/banners',
    summary: 'Creates a banner; text and background must differ by a contrast of 4.5 to 1',
    access: { permission: ['system_banners', 'create'] },
    body: z.strictObject({
      kind: fields.kind,
      format: fields.format.optional(),
      body: fields.body,
      background_color: fields.background_color.optional(),
      text_color: fields.text_color.optional(),
      enabled: fields.enabled.optional(),
      dismissible: fields.dismissible.optional(),
      starts_at: fields.starts_at.optional(),
      ends_at: fields.ends_at.optional(),
    }),
    ok: 201,
    response: Banner,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/banners/:banner',
    summary: 'Changes a banner',
    access: { permission: ['system_banners', 'update'] },
    params: BannerParams,
    body: z.strictObject({
      format: fields.format.optional(),
      body: fields.body.optional(),
      background_color: fields.background_color.optional(),
      text_color: fields.text_color.optional(),
      enabled: fields.enabled.optional(),
      dismissible: fields.dismissible.optional(),
      starts_at: fields.starts_at.optional(),
      ends_at: fields.ends_at.optional(),
    }),
    ok: 200,
    response: Banner,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/banners/:banner',
    summary: 'Deletes a banner',
    access: { permission: ['system_banners', 'delete'] },
    params: BannerParams,
    ok: 204,
    response: Empty,
  }),
}
