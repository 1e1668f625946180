import { hash } from 'node:crypto'
import { diffOf, masked } from '../audit/record.ts'
import type { AuditDiff, Tx } from '../db/schema.ts'
import * as providers from './store.ts'
import type { ProviderRecord } from './workspace-provider.ts'

/** A provider as the audit log keeps it: certificates by their fingerprints, organizations by name. */
async function fieldsOf(tx: Tx, provider: ProviderRecord) {
  return {
    name: provider.name,
    kind: provider.kind,
    endpoint: provider.endpoint,
    tls_ca: fingerprint(provider.tls_ca),
    tls_certificate: fingerprint(provider.tls_certificate),
    tls_key: provider.has_tls_key ? masked : null,
    built_in: provider.built_in,
    organizations: await providers.namesOf(tx, provider.organizations),
    cordoned: provider.cordoned_at !== null,
    cordon_reason: provider.cordon_reason,
  }
}

/** What an audit entry says of a provider that is new, or of what changed of it. */
export async function changesOf(
  tx: Tx,
  before: ProviderRecord | undefined,
  after: ProviderRecord,
): Promise<AuditDiff> {
  return diffOf(before === undefined ? {} : await fieldsOf(tx, before), await fieldsOf(tx, after))
}

/** What an audit entry says of a provider that goes. */
export async function lossOf(tx: Tx, provider: ProviderRecord): Promise<AuditDiff> {
  const fields = Object.entries(await fieldsOf(tx, provider))
  return Object.fromEntries(fields.map(([field, before]) => [field, { before, after: null }]))
}

function fingerprint(pem: string | null): string | null {
  return pem === null ? null : `sha256:${hash('sha256', pem, 'hex')}`
}
