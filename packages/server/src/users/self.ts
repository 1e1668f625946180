import { sql } from 'kysely'
import { recordAudit } from '../audit/record.ts'
import { authorize, change, type Context } from '../context.ts'
import { Fault, invalid, notFound } from '../faults.ts'
import { getUser, lockTarget, resolve, userAttempt } from './service.ts'
import { openSshKey } from './ssh-keys.ts'
import { targetOf } from './user.ts'

/** The caller's own SSH key pair; nobody reads the private key of somebody else. */
export async function readSshKey(
  context: Context,
  id: string,
): Promise<{ public_key: string; private_key: string }> {
  const user = await getUser(context, id)
  if (user.id !== context.principal.user.id) {
    throw new Fault('access.denied', 'Only the user themselves reads their SSH key', {
      denied: true,
    })
  }
  demandScopeOfChange(context)
  const row = await context.platform.db
    .selectFrom('users')
    .where('id', '=', user.id)
    .select(['ssh_public_key', 'ssh_private_key'])
    .executeTakeFirst()
  if (row?.ssh_public_key == null || row.ssh_private_key === null) throw notFound('SSH key')
  return {
    public_key: row.ssh_public_key,
    private_key: openSshKey(context.platform, user.id, row.ssh_private_key),
  }
}

/** An API key that only reads must not hand out what opens every workspace of its owner. */
function demandScopeOfChange({ principal }: Context): void {
  const { scopes } = principal.subject
  if (scopes === undefined || scopes.includes('users:update')) return
  throw new Fault('access.scope', 'This API key lacks the scope users:update', {
    missing: {
      resource: 'users',
      operation: 'update',
      scope: 'own',
      mark: 'Uo',
      roles: [],
      key_scope: 'users:update',
    },
    denied: true,
  })
}

const maxStateBytes = 16_384

/** Merges into the caller's own user-interface state, and answers the whole of it. */
export async function saveUxState(
  context: Context,
  id: string,
  state: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const target = resolve(context, id)
  const attempt = userAttempt('write', target)
  return change(context, attempt, [target], async (work) => {
    const user = await lockTarget(work, attempt, target)
    authorize(work, 'update', targetOf(user), 'user')
    if (user.id !== work.principal.user.id) {
      throw new Fault('access.denied', 'Only the user themselves changes this', { denied: true })
    }
    const row = await work.tx
      .updateTable('users')
      .set({ ux_state: sql`ux_state || ${JSON.stringify(state)}::jsonb` })
      .where('id', '=', user.id)
      .returning('ux_state')
      .executeTakeFirstOrThrow()
    if (JSON.stringify(row.ux_state).length > maxStateBytes) {
      throw invalid('', `Keep the state below ${maxStateBytes} bytes`)
    }
    await recordAudit(work, {
      ...attempt,
      diff: { ux_state: { before: null, after: Object.keys(state) } },
    })
    return row.ux_state
  })
}
