import { allows, decide, question, rightsOf, siteRoles, type Subject } from '@atelier/access'
import type { DirectoryUser, User } from '@atelier/api'
import { seesOrganization } from '../organizations/visibility.ts'
import { verdictsOf } from '../access/actions.ts'
import * as rules from './rules.ts'
import { type Membership, targetOf, type UserRecord } from './user.ts'

/** A user as the caller may see them: the full record, or the directory entry. */
export function presentVisible(user: UserRecord, caller: Subject): User | DirectoryUser {
  return decide(caller, 'read', targetOf(user)).allowed
    ? presentUser(user, caller)
    : presentDirectoryUser(user, caller)
}

/** The full record, with what the caller may do to the user and which rule refuses the rest. */
export function presentUser(user: UserRecord, caller: Subject): User {
  return { ...presentDirectoryUser(user, caller), ...presentRecord(user, caller) }
}

/** The record beyond the directory, for who may read it. */
export function presentRecord(user: UserRecord, caller: Subject): Omit<User, keyof DirectoryUser> {
  return {
    email: user.email,
    role: user.site_role,
    roles: siteRoles.slice(siteRoles.indexOf(user.site_role)).reverse(),
    status: user.status === 'suspended' ? 'suspended' : 'active',
    login_type: user.login_type,
    temporary_password: user.temporary_password,
    dotfiles_git_uri: user.dotfiles_git_uri,
    autostart_at: user.autostart_at,
    autostart_time_zone: user.autostart_time_zone,
    organizations: visibleMemberships(user, caller),
    key_regenerated_at: user.key_regenerated_at,
    last_seen_at: user.last_seen_at,
    created_at: user.created_at,
    updated_at: user.updated_at,
    version: user.version,
  }
}

/** The memberships in organizations that the caller may see: the others do not exist for them. */
export function visibleMemberships(user: UserRecord, caller: Subject): Membership[] {
  return user.organizations.filter(({ id }) => seesOrganization(caller, id))
}

/** What everybody may know: id, username, name, avatar. */
export function presentDirectoryUser(user: UserRecord, caller: Subject): DirectoryUser {
  const { can, cannot } = actionsOn(user, caller)
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    avatar_hash: user.avatar_hash,
    can,
    cannot,
  }
}

const [read, update, remove] = [
  question('users', 'read'),
  question('users', 'update'),
  question('users', 'delete'),
]
const [readKeys, createKeys] = [question('api_keys', 'read'), question('api_keys', 'create')]

function actionsOn(user: UserRecord, caller: Subject): Pick<DirectoryUser, 'can' | 'cannot'> {
  const target = targetOf(user)
  const isSelf = user.id === caller.id
  const rights = rightsOf(caller)
  const updateAll = allows(rights, update, { ...target, ownerId: undefined })
  const mayUpdate = allows(rights, update, target)
  const keys = { ownerId: user.id }
  return verdictsOf([
    ['read', allows(rights, read, target)],
    ['update', mayUpdate, rules.outranked(caller, user)],
    ['assign_role', updateAll, rules.anyRoleObjection(caller, user)],
    ['suspend', updateAll, rules.suspendObjection(caller, user)],
    ['reactivate', updateAll, rules.reactivateObjection(caller, user)],
    ['reset_password', updateAll, rules.resetPasswordObjection(caller, user)],
    ['change_password', mayUpdate && isSelf, rules.builtInOnly(user)],
    ['sign_out', updateAll, rules.outranked(caller, user)],
    ['delete', allows(rights, remove, target), rules.deleteObjection(caller, user)],
    ['transfer', updateAll && rules.mayTransfer(caller), rules.transferObjection(caller, user)],
    ['read_keys', allows(rights, readKeys, keys)],
    ['create_keys', allows(rights, createKeys, keys), rules.outranked(caller, user)],
  ])
}
