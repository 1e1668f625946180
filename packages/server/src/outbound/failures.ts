import type { RegistryResult } from '@atelier/api'

/** Why a request to elsewhere came to nothing, as a sentence that names the host. */
export class OutboundFailure extends Error {
  readonly result: Exclude<RegistryResult, 'ok'>

  constructor(result: Exclude<RegistryResult, 'ok'>, message: string) {
    super(message)
    this.name = 'OutboundFailure'
    this.result = result
  }
}

/** The failure that an error of the network or of TLS is; of others, one that says its code. */
export function failureOf(error: unknown, url: URL): OutboundFailure {
  if (error instanceof OutboundFailure) return error
  const { code = '', name } = error as NodeJS.ErrnoException
  const { host, hostname } = url
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ETIMEDOUT') {
    return new OutboundFailure(
      'timeout',
      `${host} did not answer in time: check the address and the port, and whether a firewall is between`,
    )
  }
  const certificate = certificateProblems[code]
  if (certificate !== undefined) {
    return new OutboundFailure('certificate', `The certificate of ${host} ${certificate}`)
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return new OutboundFailure(
      'no_tls',
      `${host} does not speak https there: check the port, or write http:// before the address if it is in a network that an administrator has listed`,
    )
  }
  const text = networkProblems[code]
  return text === undefined
    ? new OutboundFailure('failed', `The request to ${host} failed (${code === '' ? name : code})`)
    : new OutboundFailure(text.result, text.message(host, hostname))
}

const trust =
  'give the server the certificate of the authority that signed it, in NODE_EXTRA_CA_CERTS'

const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `is signed by itself: ${trust}`,
  SELF_SIGNED_CERT_IN_CHAIN: `ends in an authority that this server does not know: ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT: `is signed by an authority that this server does not know: ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `is signed by an authority that this server does not know: ${trust}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `is signed by an authority that this server does not know, or comes without the certificates between: ${trust}`,
  CERT_HAS_EXPIRED: 'has expired: renew it on the registry',
  CERT_NOT_YET_VALID: 'is not valid yet: check the clocks of both machines',
  CERT_REVOKED: 'was revoked: replace it on the registry',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'is for another name: use the name that it was made for, or make one for this name',
}

type Words = (host: string, hostname: string) => string

const unreachable: Words = (host) =>
  `There is no way from the server to ${host}: check the address and the routes of the server`
const unknown: Words = (_, hostname) =>
  `The name ${hostname} was not found: check its spelling, and whether the server can resolve it`
const cut: Words = (host) => `${host} ended the connection: check that this is a registry's port`

const networkProblems: Readonly<
  Record<
    string,
    {
      readonly result: 'name_not_found' | 'connection_refused' | 'unreachable' | 'failed'
      readonly message: Words
    }
  >
> = {
  ENOTFOUND: { result: 'name_not_found', message: unknown },
  ENODATA: { result: 'name_not_found', message: unknown },
  EAI_AGAIN: { result: 'name_not_found', message: unknown },
  ECONNREFUSED: {
    result: 'connection_refused',
    message: (host) => `${host} refused the connection: check the port, and that the registry runs`,
  },
  EHOSTUNREACH: { result: 'unreachable', message: unreachable },
  ENETUNREACH: { result: 'unreachable', message: unreachable },
  EADDRNOTAVAIL: { result: 'unreachable', message: unreachable },
  ECONNRESET: { result: 'failed', message: cut },
  EPIPE: { result: 'failed', message: cut },
}
