import { ApiError } from '@atelier/api'

export interface FieldProblem {
  readonly path: string
  readonly message: string
}

/** Fields that a refusal by code is about, in order of preference. */
const fieldsOfCode: Readonly<Record<string, readonly string[]>> = {
  'user.email_taken': ['email'],
  'user.username_taken': ['username'],
  'user.password_weak': ['password'],
  'user.password_same': ['password'],
  'user.wrong_password': ['old_password', 'password'],
  'organization.name_taken': ['name'],
  'api_key.name_taken': ['name'],
  'api_key.too_wide': ['scopes'],
  'image.exists': ['repository'],
  'image_tag.exists': ['tag'],
  'registry.name_taken': ['friendly_name'],
  'provider.name_taken': ['name'],
  'banner.contrast': ['text_color', 'background_color'],
  'workspace.name_taken': ['name'],
  'workspace.disk_shrinks': ['disk_gb'],
  'provider.not_allowed': ['resource_pool_id'],
  'provider.cordoned': ['resource_pool_id'],
  'image_tag.decommissioned': ['image_tag'],
  'setup.wrong_token': ['token'],
}

/** The problems of a refused form that belong to one of its fields. */
export function fieldProblems(error: unknown, fields: readonly string[]): readonly FieldProblem[] {
  if (!(error instanceof ApiError)) return []
  const named = error.errors
    .map(({ path, message }) => ({ path: fieldPath(path), message }))
    .filter(({ path }) => fields.includes(path.split('.')[0] ?? ''))
  if (named.length > 0) return named
  const field = fieldsOfCode[error.code]?.find((name) => fields.includes(name))
  return field === undefined ? [] : [{ path: field, message: error.message }]
}

/** `/body/members/0/role`, `body.members.0.role` and `members.0.role` are the same field. */
function fieldPath(path: string): string {
  return path
    .replace(/^\//, '')
    .replaceAll('/', '.')
    .replace(/^body\./, '')
}
