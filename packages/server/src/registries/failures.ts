import { OutboundFailure } from '../outbound/failures.ts'

/** Nobody in particular, or whom the credentials name, is not let in. */
export function refused(host: string, withCredentials: boolean): OutboundFailure {
  return withCredentials
    ? new OutboundFailure(
        'credentials_refused',
        `${host} refused the username and the password: enter them again`,
      )
    : new OutboundFailure(
        'credentials_required',
        `${host} lets nobody in without a username and a password: enter them`,
      )
}

/** Many registries say the same of what is private and of what is not there. */
export function noAccess(
  host: string,
  repository: string,
  withCredentials: boolean,
): OutboundFailure {
  return new OutboundFailure(
    withCredentials ? 'credentials_refused' : 'credentials_required',
    `${host} does not show ${repository} ` +
      (withCredentials
        ? 'to the user of this registry: check the name, or give that user the right to pull it'
        : 'without a username and a password: check the name, or enter them at the registry'),
  )
}

export function noImage(host: string, repository: string, reference: string): OutboundFailure {
  return new OutboundFailure(
    'image_not_found',
    `There is no ${repository}:${reference} on ${host}: check the names of the repository and the tag`,
  )
}

/** What is there is not what workspaces can be made of. */
export function noForm(
  host: string,
  repository: string,
  lacks = 'a form that is still used',
): OutboundFailure {
  return new OutboundFailure(
    'image_unsupported',
    `${repository} on ${host} does not come in ${lacks}: push it again for linux/amd64, with a current tool`,
  )
}

export function noRegistry(host: string): OutboundFailure {
  return new OutboundFailure(
    'not_a_registry',
    `${host} answers, but not as a registry of container images: check the address and the port`,
  )
}

export function failed(host: string, status: number): OutboundFailure {
  return new OutboundFailure('failed', `${host} answered ${status}: try again in a while`)
}
