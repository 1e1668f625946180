import { recordAudit } from '../audit/record.ts'
import { type Attempt, authorize, change, type Context, type Work } from '../context.ts'
import { Fault, notFound } from '../faults.ts'
import * as workspaces from './store.ts'

type Found = workspaces.TerminalWorkspace

/** The running workspace of the caller; 404 where they may not read it, 403 where it is not theirs. */
export async function findUsable(context: Context, id: string): Promise<Found> {
  return demandUsable(context, await workspaces.findWorkspace(context.platform.db, id))
}

/** The same for a new terminal, which the audit log keeps, as it keeps that one was refused. */
export async function openTerminal(
  context: Context,
  id: string,
  demandRoom: () => void,
): Promise<Found> {
  const attempt: Attempt = {
    action: 'open',
    resourceType: 'environment',
    resourceId: id.slice(0, 64),
    target: '',
  }
  return change(context, attempt, [], async (work) => {
    const found = await workspaces.lockWorkspace(work.tx, id)
    attempt.target = found?.name ?? ''
    const workspace = demandUsable(work, found)
    demandRoom()
    await workspaces.touchOpened(work.tx, id, context.platform.clock.now())
    await recordAudit(work, attempt)
    return workspace
  })
}

/** Notes that the owner is back. */
export async function returnToTerminal(context: Context, id: string): Promise<Found> {
  const workspace = await findUsable(context, id)
  const { db, clock } = context.platform
  await workspaces.touchOpened(db, id, clock.now())
  return workspace
}

function demandUsable(context: Context | Work, workspace: Found | undefined): Found {
  if (workspace === undefined) throw notFound('workspace')
  const { organization_id: organization, user_id: owner, status } = workspace
  const target = {
    resource: 'workspaces',
    organizationIds: [organization],
    ownerId: owner,
  } as const
  authorize(context, 'update', target, 'workspace')
  // A rule beside the tables: what runs in a workspace is its owner, with all that is theirs.
  if (owner !== context.principal.user.id) {
    throw new Fault(
      'access.denied',
      'Only its owner may open a terminal in a workspace: whoever works there acts as them',
      { denied: true },
    )
  }
  if (status !== 'running') {
    throw new Fault('workspace.not_running', 'The workspace does not run: start it first')
  }
  return workspace
}
