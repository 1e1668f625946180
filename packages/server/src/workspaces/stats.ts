import type { Platform } from '../platform/platform.ts'
import { ProviderFailure } from '../provider/provider.ts'
import type { LiveStats } from './present.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** A page does not wait longer for numbers. */
const boundMilliseconds = 1_500

/** What a running workspace uses now; undefined for one that does not run. */
export async function liveStats(
  platform: Platform,
  workspace: WorkspaceRecord,
): Promise<LiveStats | undefined> {
  if (workspace.status !== 'running') return undefined
  const at = platform.clock.now().toISOString()
  const asked = platform.providers
    .of(workspace.provider_id)
    .then((provider) => provider.stats(workspace.id))
    .then(
      (stats): LiveStats => ({ at, stats }),
      (error: unknown): LiveStats => {
        if (error instanceof ProviderFailure) return { at, failure: error.message }
        platform.log.warn({ err: error, workspace: workspace.id }, 'workspaces.stats_failed')
        return { at, failure: 'The workspace provider did not say' }
      },
    )
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<LiveStats>((resolve) => {
    timer = setTimeout(() => {
      resolve({ at, failure: 'The workspace provider takes too long to say' })
    }, boundMilliseconds)
  })
  try {
    return await Promise.race([asked, bound])
  } finally {
    clearTimeout(timer)
  }
}
