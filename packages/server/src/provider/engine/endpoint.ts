import { ProviderFailure } from '../provider.ts'
import type { ProviderTls } from '../providers.ts'

/** Where an engine is, and how its server is told apart from another one. */
export interface EngineEndpoint {
  /** `unix:///path` or `tcp://host:port`. */
  readonly url: string
  /** PEM; for `tcp` only. */
  readonly tls?: ProviderTls | undefined
}

/** What `http.request` is told about the address. */
export type Address =
  | { readonly kind: 'unix'; readonly socketPath: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** Reads `unix:///path` or `tcp://host:port`; refuses anything else with what to write. */
export function addressOf(url: string): Address {
  const [, socketPath] = /^unix:\/\/(\/.+)$/.exec(url) ?? []
  if (socketPath !== undefined) return { kind: 'unix', socketPath }
  const [, host, port] = /^tcp:\/\/(\[[0-9a-f:]+\]|[^/:\s]+):(\d{1,5})\/?$/i.exec(url) ?? []
  if (host === undefined || port === undefined) {
    throw new ProviderFailure(
      'unreachable',
      `${url === '' ? 'An empty text' : url} is no address of an engine: write unix:///path/of/its.sock or tcp://host:port.`,
    )
  }
  return { kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
