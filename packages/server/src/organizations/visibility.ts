import { decide, type Subject } from '@atelier/access'
import { targetIn } from './organization.ts'

/**
 * Whether the caller's roles show them an organization at all: otherwise it does not exist for them.
 * The scopes of a key do not count here; they are asked about with the action.
 */
export function seesOrganization(caller: Subject, id: string): boolean {
  const owner = caller.scopes === undefined ? caller : { ...caller, scopes: undefined }
  return decide(owner, 'list', targetIn('organizations', id)).allowed
}
