import { recordVisit } from '../audit/record.ts'
import type { RequestFacts } from '../context.ts'
import { type Job, TooEarly } from '../jobs/worker.ts'
import type { Platform } from '../platform/platform.ts'
import { countOf } from '../workspaces/of-user.ts'

interface Payload {
  readonly user_id: string
  readonly username: string
  readonly actor: { readonly id: string; readonly username: string; readonly email: string }
  readonly request: RequestFacts
  readonly allowed_by_role: string
}

/** Removes a user who was marked for deletion, with everything that belonged to them. */
export async function finishUserDeletion(platform: Platform, job: Job): Promise<void> {
  const payload = job.payload as unknown as Payload
  await platform.db.transaction().execute(async (tx) => {
    if ((await countOf(tx, payload.user_id)) > 0) {
      throw new TooEarly(1, 'workspaces of the user are still being deleted')
    }
    const removed = await tx
      .deleteFrom('users')
      .where('id', '=', payload.user_id)
      .where('status', '=', 'deleting')
      .executeTakeFirst()
    // Done before a crash came between the commit and the end of the job.
    if (removed.numDeletedRows === 0n) return
    await recordVisit(
      tx,
      { platform, request: payload.request },
      {
        action: 'delete',
        resourceType: 'user',
        resourceId: payload.user_id,
        target: payload.username,
        outcome: 'success',
        actor: payload.actor,
        allowedBy: `${payload.allowed_by_role}: users Da`,
      },
    )
  })
}
