import { decide, type Subject } from '@atelier/access'
import type { Registry } from '@atelier/api'
import { inUse } from './rules.ts'
import { registriesIn, type RegistryRecord } from './registry.ts'

/** A registry with what the caller may do to it; its username is shown to who may change it. */
export function presentRegistry(registry: RegistryRecord, caller: Subject): Registry {
  const target = registriesIn(registry.organization_id)
  const objection = inUse(registry)
  const mayDelete = decide(caller, 'delete', target).allowed
  const update = decide(caller, 'update', target).allowed
  return {
    id: registry.id,
    organization_id: registry.organization_id,
    friendly_name: registry.friendly_name,
    registry: registry.registry,
    username: update ? registry.username : null,
    has_password: registry.has_password,
    version: registry.version,
    can: {
      read: decide(caller, 'read', target).allowed,
      update,
      check: update,
      delete: mayDelete && objection === undefined,
    },
    cannot: mayDelete && objection !== undefined ? { delete: objection.message } : {},
    created_at: registry.created_at,
    updated_at: registry.updated_at,
  }
}
