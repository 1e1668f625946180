export type { Allowed, Decision, Denied, Grant, Missing, Ownership } from './answers.ts'
export {
  type Assignment,
  assignSiteRole,
  assignSiteRoleToNewUser,
  mayCreateWithRole,
  outranks,
  type Refusal,
  type Refused,
  type RoleHolder,
  type RoleOption,
  roleOptions,
} from './assignment.ts'
export { canMap, type CanMap, type ResourceCan, siteCan, type SiteCan } from './can.ts'
export { decide, describeGrant, holdsMark } from './decide.ts'
export {
  type Everything,
  filterFor,
  type ListFilter,
  matchesFilter,
  type Nothing,
  type Some,
} from './filter.ts'
export {
  compareRoles,
  effectiveMarks,
  type Holding,
  holds,
  publishedMarks,
  type ResourceMark,
  type RoleComparison,
  type RolesHolding,
  rolesHolding,
} from './marks.ts'
export { allows, judge, type Question, question, type Rights, rightsOf } from './rights.ts'
export { isKeyScope, type KeyScope, keyScopes, type Operation, operations } from './scopes.ts'
export type { Subject, Target } from './subject.ts'
export {
  type Mark,
  marks,
  type OrganizationRole,
  organizationRoles,
  organizationTable,
  parseOrganizationRole,
  type Resource,
  resourceNames,
  resources,
  type Role,
  roleMeanings,
  roleNames,
  type SiteRole,
  siteRoles,
  siteTable,
} from './tables.ts'
