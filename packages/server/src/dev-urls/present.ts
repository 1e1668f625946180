import { decide, type Subject } from '@atelier/access'
import type { DevUrl } from '@atelier/api'
import { type DevUrlHost, originOf } from './address.ts'
import { type DevUrlRecord, type Level, mayOpen, narrower, targetOf } from './dev-url.ts'

/** A dev URL with its address, which is empty while no host is set, and what the caller may do to it. */
export function presentDevUrl(
  devUrl: DevUrlRecord,
  caller: Subject,
  max: Level,
  host: DevUrlHost | undefined,
): DevUrl {
  const may = (operation: 'read' | 'update' | 'delete') =>
    decide(caller, operation, targetOf(devUrl, max)).allowed
  return {
    id: devUrl.id,
    workspace_id: devUrl.workspace_id,
    url: host === undefined ? '' : originOf(host, devUrl.label),
    port: devUrl.port,
    access: onTheWire(devUrl.access),
    effective_access: onTheWire(narrower(devUrl.access, max)),
    name: devUrl.name,
    scheme: devUrl.scheme,
    version: devUrl.version,
    can: {
      read: may('read'),
      update: may('update'),
      delete: may('delete'),
      open: mayOpen(caller, devUrl, max),
    },
    cannot: {},
    created_at: devUrl.created_at,
    updated_at: devUrl.updated_at,
  }
}

function onTheWire(level: Level): DevUrl['access'] {
  return level.toUpperCase() as DevUrl['access']
}
