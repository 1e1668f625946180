import { decide, type Subject } from '@atelier/access'
import type { DirectoryOrganization, Organization, OrganizationMember } from '@atelier/api'
import { verdictsOf } from '../access/actions.ts'
import { imagesIn } from '../images/image.ts'
import { registriesIn } from '../registries/registry.ts'
import { presentRecord } from '../users/present.ts'
import { targetOf } from '../users/user.ts'
import { type MemberRecord, type OrganizationRecord, targetIn } from './organization.ts'
import * as rules from './rules.ts'

type Actions = Pick<DirectoryOrganization, 'can' | 'cannot'>

/** An organization as the caller may see it: the full record, or the directory entry. */
export function presentVisible(
  organization: OrganizationRecord,
  members: readonly MemberRecord[],
  caller: Subject,
): Organization | DirectoryOrganization {
  return decide(caller, 'read', targetIn('organizations', organization.id)).allowed
    ? presentOrganization(organization, members, caller)
    : presentDirectory(organization, members, caller)
}

/** The full record, with what the caller may do to the organization. */
export function presentOrganization(
  organization: OrganizationRecord,
  members: readonly MemberRecord[],
  caller: Subject,
): Organization {
  return {
    ...presentDirectory(organization, members, caller),
    default_role: organization.default_role,
    member_count: organization.member_count,
    workspace_count: organization.workspace_count,
    resource_namespace: organization.resource_namespace,
    auto_off_threshold: organization.auto_off_threshold,
    cpu_provisioning_rate: organization.cpu_provisioning_rate,
    memory_provisioning_rate: organization.memory_provisioning_rate,
    autostart_days: [...organization.autostart_days],
    max_workspaces_per_user: organization.max_workspaces_per_user ?? 0,
    max_workspaces: organization.max_workspaces ?? 0,
    max_cpu_cores: organization.max_cpu_cores ?? 0,
    max_memory_gb: organization.max_memory_gb ?? 0,
    max_disk_gb: organization.max_disk_gb ?? 0,
    version: organization.version,
    created_at: organization.created_at,
    updated_at: organization.updated_at,
  }
}

/** What a member without `read` may know: id, name, description, default, and who else is in it. */
function presentDirectory(
  organization: OrganizationRecord,
  members: readonly MemberRecord[],
  caller: Subject,
): DirectoryOrganization {
  return {
    id: organization.id,
    name: organization.name,
    description: organization.description,
    default: organization.is_default,
    members: members.map((member) => presentMember(member, caller)),
    ...actionsOn(organization, caller),
  }
}

/** Directory fields and the organization role; the rest of the user for who may read them. */
export function presentMember(member: MemberRecord, caller: Subject): OrganizationMember {
  const readable = decide(caller, 'read', targetOf(member)).allowed
  const inside = targetIn('org_members', member.organization_id)
  return {
    // What may be done to the account is the users' own page's matter.
    ...(readable ? presentRecord(member, caller) : {}),
    id: member.id,
    username: member.username,
    name: member.name,
    avatar_hash: member.avatar_hash,
    organization_role: member.organization_role,
    organization_roles: [member.organization_role],
    roles_updated_at: member.roles_updated_at,
    ...verdictsOf([
      ['read', readable],
      [
        'change_role',
        decide(caller, 'update', inside).allowed,
        rules.memberRoleObjection(caller, member),
      ],
      ['remove', decide(caller, 'delete', inside).allowed, rules.removalObjection(caller, member)],
    ]),
  }
}

function actionsOn(organization: OrganizationRecord, caller: Subject): Actions {
  const itself = targetIn('organizations', organization.id)
  const inside = targetIn('org_members', organization.id)
  const update = decide(caller, 'update', itself).allowed
  return verdictsOf([
    ['read', decide(caller, 'read', itself).allowed],
    ['update', update],
    ['unset_default', update && organization.is_default, rules.lastDefault(organization, 'unset')],
    ['delete', decide(caller, 'delete', itself).allowed, rules.deletionObjection(organization)],
    ['list_members', decide(caller, 'list', inside).allowed],
    ['add_members', decide(caller, 'create', inside).allowed],
    ['import_images', decide(caller, 'create', imagesIn(organization.id)).allowed],
    ['add_registries', decide(caller, 'create', registriesIn(organization.id)).allowed],
  ])
}
