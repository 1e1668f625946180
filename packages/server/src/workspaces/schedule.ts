import { sql } from 'kysely'
import { recordVisit } from '../audit/record.ts'
import type { Tx } from '../db/schema.ts'
import { holdImage } from '../images/hold.ts'
import { repeat, type Repeating } from '../jobs/repeat.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { nameOf } from './attempt.ts'
import { beginBuild } from './builds.ts'
import { keepTag } from './choice.ts'
import * as rules from './rules.ts'
import * as workspaces from './store.ts'
import type { WorkspaceRecord } from './workspace.ts'

const pauseMilliseconds = 60_000
const atOnce = 100

/** Starts and stops workspaces by themselves, for as long as the server runs. */
export function startSchedules(platform: Platform): Repeating {
  return repeat(platform.log, 'workspaces.schedule_failed', pauseMilliseconds, async () => {
    await stopUnused(platform)
    await startDue(platform)
  })
}

/** When somebody did something with a workspace last. */
const used = sql<string>`greatest(w.last_connection_at, w.last_opened_at, w.last_built_at, w.created_at)`
const threshold = sql<number>`coalesce(w.auto_off_threshold, o.auto_off_threshold)`

/** Stops what runs and nobody has used for as long as its threshold says. */
export async function stopUnused(platform: Platform): Promise<void> {
  const now = platform.clock.now()
  const isUnused = sql<boolean>`w.status = 'running' and ${threshold} > 0
    and ${used} < ${now}::timestamptz - ${threshold} * interval '1 millisecond'`
  const { rows } = await sql<{ id: string; hours: number }>`
    select w.id, ${threshold} / 3600000.0 as hours from workspaces w
    join organizations o on o.id = w.organization_id where ${isUnused} limit ${atOnce}`.execute(
    platform.db,
  )
  for (const { id, hours } of rows) {
    await change(platform, id, async (tx, workspace) => {
      // Somebody may have come meanwhile.
      const again = await sql`select 1 from workspaces w
        join organizations o on o.id = w.organization_id where w.id = ${id} and ${isUnused}`.execute(
        tx,
      )
      if (again.rows.length === 0) return
      const reason = `Not used for ${Math.round(hours * 10) / 10} hours`
      await begin(tx, platform, workspace, 'stop', reason)
    })
  }
}

/** What was not used for so long does not start by itself. */
const forgotten = sql`interval '4 days'`
const early = sql`interval '5 minutes'`
/** A server that was down starts what it missed for so long. */
const late = sql`interval '1 hour'`

/**
 * Starts what is off and wants to be started at this time of the day, where its owner is; Postgres knows
 * the time zones, and what daylight saving does to them. Once a day: whoever stops it has it stopped.
 */
export async function startDue(platform: Platform): Promise<void> {
  const now = platform.clock.now()
  const here = sql`(${now}::timestamptz at time zone u.autostart_time_zone)`
  const moment = sql`((${here}::date + u.autostart_at::time) at time zone u.autostart_time_zone)`
  const isDue = sql<boolean>`w.autostart_enabled and w.status = 'off' and u.status = 'active'
    and u.autostart_at is not null and extract(isodow from ${here}) = any(o.autostart_days)
    and ${used} > ${now}::timestamptz - ${forgotten}
    and ${now}::timestamptz between ${moment} - ${early} and ${moment} + ${late}
    and not exists (select 1 from workspace_builds b
      where b.workspace_id = w.id and b.created_at >= ${moment} - ${early})`
  const from = sql`from workspaces w join organizations o on o.id = w.organization_id
    join users u on u.id = w.user_id`
  const { rows } = await sql<{ id: string }>`
    select w.id ${from} where ${isDue} limit ${atOnce}`.execute(platform.db)
  for (const { id } of rows) {
    await change(platform, id, async (tx, workspace) => {
      const again = await sql`select 1 ${from} where w.id = ${id} and ${isDue}`.execute(tx)
      if (again.rows.length === 0 || rules.startObjection(workspace) !== undefined) return
      await takeUsableTag(tx, platform, workspace)
      await begin(tx, platform, workspace, 'start', 'It starts by itself at this time')
    })
  }
}

/** As whoever builds it again gets it. */
async function takeUsableTag(
  tx: Tx,
  platform: Platform,
  workspace: WorkspaceRecord,
): Promise<void> {
  const held = await holdImage(tx, workspace.organization_id, workspace.image_id)
  if (held === undefined) throw new Error('the image of a workspace is gone')
  const { tag } = keepTag(held, workspace.image_tag)
  if (tag === workspace.image_tag) return
  await workspaces.editWorkspace(tx, workspace.id, { image_tag: tag }, platform.clock.now())
}

async function change(
  platform: Platform,
  id: string,
  body: (tx: Tx, workspace: WorkspaceRecord) => Promise<void>,
): Promise<void> {
  await platform.db.transaction().execute(async (tx) => {
    const workspace = await workspaces.lockWorkspace(tx, id)
    if (workspace !== undefined) await body(tx, workspace)
  })
}

/** Background work is its owner's, not an administrator's (7). */
async function begin(
  tx: Tx,
  platform: Platform,
  workspace: WorkspaceRecord,
  kind: 'start' | 'stop',
  reason: string,
): Promise<void> {
  const request = { id: newId(platform.clock.now()), ip: '', userAgent: 'schedule' }
  const owner = await tx
    .selectFrom('users')
    .where('id', '=', workspace.user_id)
    .select(['id', 'username', 'email'])
    .executeTakeFirstOrThrow()
  const build = await beginBuild(tx, platform, workspace, kind, {
    actor: null,
    attributedTo: owner,
    request,
    allowedBy: 'schedule',
    reason,
  })
  await recordVisit(
    tx,
    { platform, request },
    {
      action: kind === 'start' ? 'auto_start' : 'auto_off',
      resourceType: 'environment',
      resourceId: workspace.id,
      target: nameOf(workspace),
      outcome: 'success',
      actor: owner,
      allowedBy: 'schedule',
      diff: { build: { before: null, after: build }, reason: { before: null, after: reason } },
    },
  )
}
