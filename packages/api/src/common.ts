import { organizationRoles, siteRoles } from '@atelier/access'
import { z } from 'zod'

/** RFC 3339 in UTC with milliseconds, ending in `Z`. */
export const Time = z.iso.datetime({ precision: 3 })

/** An opaque identifier; `me` stands for the caller where a user is meant. */
export const Id = z.string().min(1).max(64)

export const SiteRoleName = z.enum(siteRoles).meta({ id: 'SiteRole' })
export const OrganizationRoleName = z.enum(organizationRoles).meta({ id: 'OrganizationRole' })

// Control characters in names end up in logs, terminals and spreadsheets.
const printable = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u

/** A name that people read: one line, no control characters. */
export const DisplayName = z
  .string()
  .trim()
  .min(1, 'Enter a name')
  .max(128, 'Use at most 128 characters')
  .regex(printable, 'Use one line without control characters')

export const Username = z
  .string()
  .min(1, 'Enter a username')
  .max(39, 'Use at most 39 characters')
  .regex(/^[A-Za-z0-9-]+$/, 'Use letters, digits and hyphens only')

export const Email = z
  .string()
  .max(254, 'Use at most 254 characters')
  .pipe(z.email('Enter an e-mail address such as ann@example.com'))

/** Length and strength are checked by the server's policy; this bound only keeps bodies small. */
export const Password = z.string().min(1, 'Enter a password').max(256, 'Use at most 256 characters')

export const Description = z
  .string()
  .trim()
  .max(512, 'Use at most 512 characters')
  .regex(printable, 'Use one line without control characters')

/** Paging by key: without `limit` a list is streamed whole, as the existing command line asks. */
export const Paging = {
  limit: z.coerce.number().int().min(1).max(200).optional(),
  after: z.string().max(1024).optional(),
}

export const UserParams = z.strictObject({ user: Id })
export const OrganizationParams = z.strictObject({ organization: Id })

/** What the caller may do to the object, by action. */
export const Can = z.record(z.string(), z.boolean())

/** For actions that a rule refuses although the tables allow them: a sentence that says why. */
export const Cannot = z.record(z.string(), z.string())

export const Empty = z.null()
