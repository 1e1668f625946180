import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { invalid, refusal } from '../faults.ts'
import type { ProviderConnection, ProviderTls } from '../provider/providers.ts'
import type { Objection } from '../users/rules.ts'
import type { WorkspaceThere } from './store.ts'
import type { ProviderRecord } from './workspace-provider.ts'

/** How to come in at a provider, as a person gives it; what is left out stays as it is. */
export interface GivenConnection {
  readonly endpoint?: string | null | undefined
  readonly tls_ca?: string | null | undefined
  readonly tls_certificate?: string | null | undefined
  readonly tls_key?: string | null | undefined
}

/** The connection that what is given makes of what was; a bad request says what to enter. */
export function demandConnection(
  kind: 'engine' | 'sandbox',
  given: GivenConnection,
  before?: ProviderConnection,
): ProviderConnection {
  const endpoint = given.endpoint ?? before?.endpoint ?? ''
  const entered = (['tls_ca', 'tls_certificate', 'tls_key'] as const).find(
    (field) => given[field] != null,
  )
  if (kind === 'sandbox') {
    if (endpoint !== '') throw invalid('endpoint', 'Leave it out: a sandbox runs on this server')
    if (entered !== undefined) throw invalid(entered, 'Leave it out: a sandbox has no connection')
    return { kind, endpoint, tls: undefined }
  }
  if (endpoint === '') {
    throw invalid(
      'endpoint',
      'Enter where the engine listens, such as unix:///run/podman/podman.sock',
    )
  }
  if (endpoint.startsWith('unix:')) {
    if (entered !== undefined) throw invalid(entered, 'Leave it out: a local socket needs no TLS')
    return { kind, endpoint, tls: undefined }
  }
  if (Number(/\d+$/.exec(endpoint)?.[0]) > 65_535)
    throw invalid('endpoint', 'Use a port up to 65535')
  const { tls } = before ?? {}
  return {
    kind,
    endpoint,
    tls: demandTls({
      ca: given.tls_ca ?? tls?.ca,
      certificate: given.tls_certificate ?? tls?.certificate,
      key: given.tls_key ?? tls?.key,
    }),
  }
}

interface GivenTls {
  readonly ca: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
}

/** Whoever reaches an engine's port without a certificate is root on its machine: all three are needed. */
function demandTls({ ca, certificate, key }: GivenTls): ProviderTls {
  if (ca === undefined) {
    throw invalid('tls_ca', "Paste the certificate of the authority that signed the engine's")
  }
  if (certificate === undefined) {
    throw invalid('tls_certificate', 'Paste the certificate that the engine lets this server in by')
  }
  if (key === undefined) throw invalid('tls_key', 'Paste the key of the certificate')
  readCertificate('tls_ca', ca)
  const own = readCertificate('tls_certificate', certificate)
  if (!own.checkPrivateKey(readKey(key))) {
    throw invalid('tls_key', 'This is the key of another certificate')
  }
  return { ca, certificate, key }
}

function readCertificate(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw invalid(path, 'Paste a certificate as PEM, from BEGIN CERTIFICATE to END CERTIFICATE')
  }
}

function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    throw invalid('tls_key', 'Paste a private key as PEM, without a passphrase')
  }
}

/** Organizations are named by ids that there are. */
export function demandFound(given: readonly string[], found: readonly string[]): void {
  const unknown = given.find((id) => !found.includes(id))
  if (unknown === undefined) return
  throw invalid('org_whitelist', `There is no organization ${unknown}: leave it out`)
}

/** A provider stays while workspaces are there. */
export function inUse(provider: Pick<ProviderRecord, 'name' | 'workspace_count'>): Objection {
  const { name, workspace_count: count } = provider
  if (count === 0) return undefined
  return refusal(
    'provider.in_use',
    `${count === 1 ? 'A workspace is' : `${count} workspaces are`} on ${name}: delete ${count === 1 ? 'it' : 'them'} first, or cordon the provider`,
  )
}

/** The refusal that lists workspaces which are in the way. */
export function stillThere(
  what: string,
  count: number,
  some: readonly WorkspaceThere[],
): Objection {
  if (count === 0) return undefined
  const names = some.map(({ owner, name }) => `${owner}/${name}`)
  const others = count - names.length
  const listed =
    names.length === 0 ? '' : `: ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
  return refusal(
    'provider.in_use',
    `${count === 1 ? 'A workspace is' : `${count} workspaces are`} ${what}${listed}. Delete ${count === 1 ? 'it' : 'them'} first, or cordon the provider`,
    { count, workspaces: some },
  )
}
