import type { Target } from '@atelier/access'

/** A workspace provider as the services know it; its key stays in the store. */
export interface ProviderRecord {
  readonly id: string
  readonly name: string
  readonly kind: 'engine' | 'sandbox'
  readonly endpoint: string
  readonly tls_ca: string | null
  readonly tls_certificate: string | null
  readonly has_tls_key: boolean
  readonly built_in: boolean
  readonly cordoned_at: string | null
  readonly cordon_reason: string
  readonly status: 'pending' | 'ready' | 'error'
  readonly status_reason: string
  readonly status_version: string
  readonly cpu_cores: number | null
  readonly memory_bytes: number | null
  readonly unenforced: readonly string[]
  readonly checked_at: string | null
  /** Whose members may use it. */
  readonly organizations: readonly string[]
  readonly workspace_count: number
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** Providers as a target of the access engine: they are part of the configuration. */
export const providersTarget: Target = { resource: 'configuration' }
