import { z } from 'zod'

/** Every failure on purpose, and its HTTP status (access-control.md section 6). */
export const problemStatus = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.precondition_failed': 412,
  'request.idempotency_conflict': 409,
  'request.idempotency_mismatch': 422,
  'request.rate_limited': 429,
  'request.upgrade_required': 426,
  'session.required': 401,
  'session.sign_in_failed': 401,
  'session.csrf': 403,
  'session.foreign_origin': 403,
  'session.terms_required': 403,
  'access.denied': 403,
  'access.outranked': 403,
  'access.scope': 403,
  'user.password_change_required': 403,
  'user.wrong_password': 403,
  'resource.not_found': 404,
  'route.not_found': 404,
  'setup.done': 404,
  'setup.wrong_token': 403,
  'setup.required': 503,
  'server.unavailable': 503,
  'user.own_role': 409,
  'user.own_account': 409,
  'user.site_admin_protected': 409,
  'user.site_admin_not_assignable': 409,
  'user.role_by_site_admin_only': 409,
  'user.not_active': 409,
  'user.already': 409,
  'user.email_taken': 409,
  'user.username_taken': 409,
  'user.password_weak': 400,
  'user.password_same': 400,
  'user.login_type': 409,
  'transfer.target_invalid': 409,
  'organization.name_taken': 409,
  'organization.last_default': 409,
  'organization.in_use': 409,
  'member.exists': 409,
  'member.own_role': 409,
  'member.owns_workspaces': 409,
  'api_key.name_taken': 409,
  'api_key.too_wide': 403,
  'api_key.too_many': 409,
  'banner.contrast': 400,
  'configuration.https_required': 409,
  'registry.name_taken': 409,
  'registry.in_use': 409,
  'registry.failed': 422,
  'image.exists': 409,
  'image_tag.exists': 409,
  'image_tag.default': 409,
  'image_tag.decommissioned': 409,
  'image.of_platform': 409,
  'image.in_use': 409,
  'image.deprecated': 409,
  'image_tag.in_use': 409,
  'provider.name_taken': 409,
  'provider.in_use': 409,
  'provider.not_allowed': 409,
  'provider.cordoned': 409,
  'provider.none': 409,
  'provider.failed': 422,
  'workspace.name_taken': 409,
  'workspace.quota': 409,
  'workspace.status': 409,
  'workspace.disk_shrinks': 409,
  'workspace.not_running': 409,
  'workspace.too_many_terminals': 409,
  'dev_url.exists': 409,
  'dev_url.name_taken': 409,
  'dev_url.level': 409,
  'dev_url.port': 409,
  'dev_url.not_running': 503,
  'dev_url.not_listening': 502,
  'dev_url.unreachable': 503,
} as const satisfies Record<string, number>

export type ProblemCode = keyof typeof problemStatus

/** Which permission a refused caller lacks, and who would have it. */
export const MissingPermission = z
  .object({
    resource: z.string(),
    operation: z.string(),
    scope: z.string(),
    mark: z.string(),
    roles: z.array(z.string()),
    key_scope: z.string().optional(),
  })
  .meta({ id: 'MissingPermission' })

/** RFC 9457 problem document, with the original's `error` member, which its command line reads. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    missing: MissingPermission.optional(),
    error: z.object({ msg: z.string(), code: z.string(), details: z.unknown() }),
  })
  .loose()
  .meta({ id: 'Problem' })

export type Problem = z.infer<typeof Problem>
export type MissingPermission = z.infer<typeof MissingPermission>
