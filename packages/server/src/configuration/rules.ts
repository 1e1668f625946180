import type { ProblemCode, Settings } from '@atelier/api'
import { Fault, invalid } from '../faults.ts'
import { findBadEntry } from '../outbound/networks.ts'

/** Throws what speaks against going from these settings to those, in a request over http or https. */
export function demandSafeSettings(
  before: Readonly<Settings>,
  after: Readonly<Settings>,
  overHttps: boolean,
): void {
  if (after.secure_cookie && !before.secure_cookie && !overHttps) {
    throw needsHttps(
      'secure_cookie',
      'This request came over http. A secure cookie is sent over https only, so you could not sign ' +
        `in again: ${remedy}`,
    )
  }
  if (after.hsts_enabled && !before.hsts_enabled && !overHttps) {
    throw needsHttps(
      'hsts_enabled',
      'This request came over http. Browsers would refuse http for a year, and https is not known ' +
        `to work: ${remedy}`,
    )
  }
  if (after.terms_of_service_enabled && after.terms_of_service_body.trim() === '') {
    throw invalid('terms_of_service_body', 'Write the terms before you require them')
  }
  if (after.dev_url_host !== null && after.access_url === null) {
    throw invalid(
      'dev_url_host',
      'Set the access URL too: whoever opens a dev URL is led there to sign in',
    )
  }
  const bad = findBadEntry(after.registry_allowed_networks)
  if (bad !== undefined) {
    throw invalid(
      'registry_allowed_networks',
      `“${bad}” is no network: write one such as 10.20.0.0/16, an address, or a host name`,
    )
  }
}

const remedy =
  'open the server by its https address, and turn this on there. ' +
  'A proxy that ends https must be named in ATELIER_TRUSTED_PROXIES.'

function needsHttps(path: string, message: string): Fault {
  const code: ProblemCode = 'configuration.https_required'
  return new Fault(code, message, { denied: true, errors: [{ path, message }] })
}
