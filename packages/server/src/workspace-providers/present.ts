import { decide, type Subject } from '@atelier/access'
import type { WorkspaceProvider } from '@atelier/api'
import { verdictsOf } from '../access/actions.ts'
import * as rules from './rules.ts'
import { type ProviderRecord, providersTarget } from './workspace-provider.ts'

/** Where this server is, as clients of the older command line are told. */
export interface Addresses {
  readonly own: string
  readonly devUrlHost: string
}

/** A provider with what the caller may do to it; how it is reached and fares is for who manages them. */
export function presentProvider(
  provider: ProviderRecord,
  caller: Subject,
  { own, devUrlHost }: Addresses,
): WorkspaceProvider {
  const manages = decide(caller, 'update', providersTarget).allowed
  const cordoned = provider.cordoned_at !== null
  const { cpu_cores, memory_bytes } = provider
  return {
    id: provider.id,
    name: provider.name,
    status: provider.status,
    built_in: provider.built_in,
    envproxy_access_url: own,
    devurl_host: devUrlHost,
    org_whitelist: provider.organizations.filter((id) => manages || id in caller.organizationRoles),
    config: {
      cluster_address: manages ? provider.endpoint : '',
      default_namespace: '',
      storage_class: '',
      cluster_domain_suffix: '',
      // Until there is an SSH server.
      ssh_enabled: false,
    },
    kind: provider.kind,
    endpoint: manages ? provider.endpoint : '',
    status_reason: manages ? provider.status_reason : '',
    status_version: manages ? provider.status_version : '',
    checked_at: provider.checked_at,
    capacity:
      manages && cpu_cores !== null && memory_bytes !== null ? { cpu_cores, memory_bytes } : null,
    unenforced: manages ? [...provider.unenforced] : [],
    cordoned_at: provider.cordoned_at,
    cordon_reason: provider.cordon_reason,
    workspace_count: manages ? provider.workspace_count : null,
    version: provider.version,
    ...verdictsOf([
      ['read', true],
      ['update', manages],
      ['make_built_in', manages && !provider.built_in],
      ['delete', manages, rules.inUse(provider)],
      ['check', manages],
      ['cordon', manages && !cordoned],
      ['uncordon', manages && cordoned],
    ]),
    created_at: provider.created_at,
    updated_at: provider.updated_at,
  }
}
