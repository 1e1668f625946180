import type { ProblemCode, Settings } from '@atelier/api'
import { Fault, invalid } from '../faults.ts'

/** Throws what speaks against going from these settings to those, in a request over http or https. */
export function demandSafeSettings(
  before: Readonly<Settings>,
  after: Readonly<Settings>,
  overHttps: boolean,
): void {
  if (after.secure_cookie && !before.secure_cookie && !overHttps) {
    throw needsHttps(
      'secure_cookie',
      'You opened this page over http. A secure cookie is sent over https only, so you could not ' +
        'sign in again: open the server by its https address first, and turn this on there.',
    )
  }
  if (after.hsts_enabled && !before.hsts_enabled && !overHttps) {
    throw needsHttps(
      'hsts_enabled',
      'You opened this page over http. Browsers would refuse http for a year and https is not ' +
        'known to work: open the server by its https address first, and turn this on there.',
    )
  }
  if (after.terms_of_service_enabled && after.terms_of_service_body.trim() === '') {
    throw invalid('terms_of_service_body', 'Write the terms before you require them')
  }
}

function needsHttps(path: string, message: string): Fault {
  const code: ProblemCode = 'configuration.https_required'
  return new Fault(code, message, { denied: true, errors: [{ path, message }] })
}
