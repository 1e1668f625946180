import type { containerStatuses } from '@atelier/api'
import type { WorkspaceStatus } from '../db/schema.ts'

/** What happens to a workspace. */
export type WorkspaceEvent =
  /** Somebody wants it built. */
  | 'build'
  /** A worker has taken the build. */
  | 'take'
  /** The build is done, and it runs. */
  | 'run'
  /** A build was ended by somebody, and nothing of it runs. */
  | 'cancel'
  /** Somebody wants it stopped. */
  | 'stop'
  /** Nothing of it runs any more. */
  | 'end'
  /** What was under way did not succeed, or what ran is gone. */
  | 'fail'
  /** Somebody wants it deleted. The end of that is the end of the row. */
  | 'delete'

/** What follows each status; an event that is not named does not happen in it. */
const next: Readonly<Record<WorkspaceStatus, Partial<Record<WorkspaceEvent, WorkspaceStatus>>>> = {
  queued: { take: 'building', cancel: 'off', fail: 'failed', delete: 'deleting' },
  building: { take: 'building', run: 'running', cancel: 'off', fail: 'failed', delete: 'deleting' },
  running: { build: 'queued', stop: 'stopping', end: 'off', fail: 'failed', delete: 'deleting' },
  stopping: { take: 'stopping', end: 'off', fail: 'failed', delete: 'deleting' },
  // The platform stops what runs although it should not.
  off: { build: 'queued', stop: 'stopping', delete: 'deleting' },
  // Something may still run: the engine could not be asked.
  failed: { build: 'queued', stop: 'stopping', delete: 'deleting' },
  deleting: { take: 'deleting' },
}

/** The status after an event; undefined where the event does not happen. */
export function after(status: WorkspaceStatus, event: WorkspaceEvent): WorkspaceStatus | undefined {
  return next[status][event]
}

/** Whether a start is queued or under way. */
export function isBuilding(status: WorkspaceStatus): boolean {
  return status === 'queued' || status === 'building'
}

const onTheWire: Readonly<Record<WorkspaceStatus, (typeof containerStatuses)[number]>> = {
  queued: 'CREATING',
  building: 'CREATING',
  running: 'ON',
  // Whoever waits for it to be off must not open another terminal.
  stopping: 'OFF',
  off: 'OFF',
  failed: 'FAILED',
  deleting: 'UNKNOWN',
}

/** What the existing command line calls a status. */
export function containerStatus(status: WorkspaceStatus): (typeof containerStatuses)[number] {
  return onTheWire[status]
}
